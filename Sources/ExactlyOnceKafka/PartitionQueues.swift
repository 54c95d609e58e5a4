internal import CLibrdkafka

/// The records of one assignment, each partition in a queue of its own, taken in the order of their timestamps.
///
/// librdkafka's one queue for all of them is filled partition by partition, some thousand records each: of a backlog,
/// what was published together would be read far apart. Only the polling thread uses this.
final class PartitionQueues {
    typealias Message = UnsafeMutablePointer<rd_kafka_message_t>

    private let places: [TopicPartition]
    private let queues: [OpaquePointer]
    private let bell: Bell
    private var order: TimeOrder<Message>
    private var lastTaken: Int?

    /// Takes the partitions out of the consumer's queue. To be called before they are assigned: librdkafka leaves the
    /// queues alone from then on.
    init(_ places: [TopicPartition], of handle: OpaquePointer, ringing bell: Bell) {
        let lines = places.compactMap { place in
            rd_kafka_queue_get_partition(handle, place.topic, place.partition).map { (place, $0) }
        }
        self.places = lines.map(\.0)
        queues = lines.map(\.1)
        self.bell = bell
        order = TimeOrder(lines: lines.count)
        for queue in queues {
            rd_kafka_queue_forward(queue, nil)
            bell.hang(on: queue)
        }
    }

    deinit {
        for (line, queue) in queues.enumerated() {
            if let message = order.withdraw(line) { rd_kafka_message_destroy(message) }
            Bell.take(from: queue)
            rd_kafka_queue_destroy(queue)
        }
    }

    /// Gives each line without a head its next record: all of them, or only the one that was taken from last, when no
    /// other can have got any. Answers what is no record as soon as it is met; the caller owns it, and asks again.
    func fill(all: Bool) -> Message? {
        defer { lastTaken = nil }
        guard all else { return lastTaken.flatMap { fill($0) } }
        for line in queues.indices where order.isEmpty(line) {
            if let other = fill(line) { return other }
        }
        return nil
    }

    private func fill(_ line: Int) -> Message? {
        guard let message = rd_kafka_consume_queue(queues[line], 0) else { return nil }
        guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { return message }
        order.show(message, at: rd_kafka_message_timestamp(message, nil), in: line)
        return nil
    }

    /// The record whose turn it is; the caller owns it.
    func take() -> Message? {
        guard let (line, message) = order.take() else { return nil }
        lastTaken = line
        return message
    }

    /// Holds what was taken out of librdkafka of paused partitions, which goes on behind it when they are resumed.
    func hold(_ paused: Set<TopicPartition>) {
        for (line, place) in places.enumerated() { order.hold(line, paused.contains(place)) }
    }

    /// Forgets what was taken out of librdkafka of these partitions: they are about to be read from elsewhere.
    func drop(_ moved: some Collection<TopicPartition>) {
        for (line, place) in places.enumerated() where moved.contains(place) {
            if let message = order.withdraw(line) { rd_kafka_message_destroy(message) }
        }
    }
}
