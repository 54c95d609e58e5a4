internal import CLibrdkafka

/// Copies librdkafka's messages into ``KafkaRecord``s. One for each thread that polls.
struct RecordReader {
    // Topic objects live as long as their assignment: forget() when it changes.
    private var names: [OpaquePointer: String] = [:]

    mutating func forget() { names.removeAll(keepingCapacity: true) }

    mutating func place(of message: borrowing rd_kafka_message_t) -> TopicPartition {
        guard let topic = message.rkt else { return TopicPartition("", message.partition) }
        if let name = names[topic] { return TopicPartition(name, message.partition) }
        let name = String(cString: rd_kafka_topic_name(topic))
        names[topic] = name
        return TopicPartition(name, message.partition)
    }

    mutating func record(_ pointer: UnsafeMutablePointer<rd_kafka_message_t>) -> KafkaRecord {
        let source = place(of: pointer.pointee)
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = rd_kafka_message_timestamp(pointer, &type)
        let kind: KafkaRecord.TimestampKind =
            switch type {
            case RD_KAFKA_TIMESTAMP_CREATE_TIME: .created
            case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME: .appended
            default: .absent
            }
        return KafkaRecord(
            source: source, offset: pointer.pointee.offset, timestampMilliseconds: kind == .absent ? 0 : timestamp,
            timestampKind: kind, key: RecordReader.bytes(pointer.pointee.key, pointer.pointee.key_len),
            value: RecordReader.bytes(pointer.pointee.payload, pointer.pointee.len),
            headers: RecordReader.headers(pointer))
    }

    private static func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
        start.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
    }

    private static func headers(_ pointer: UnsafeMutablePointer<rd_kafka_message_t>) -> [KafkaHeader] {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(pointer, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
        let count = rd_kafka_header_cnt(list)
        var headers: [KafkaHeader] = []
        headers.reserveCapacity(count)
        for index in 0..<count {
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var size = 0
            guard rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR,
                let name
            else { break }
            headers.append(KafkaHeader(String(cString: name), bytes(value, size)))
        }
        return headers
    }
}
