internal import CLibrdkafka

/// Handles on their way out; releasing them waits for librdkafka's threads, so another thread does it.
final class Leaving: @unchecked Sendable {
    private var producer: TransactionalProducer?
    private var consumer: ClientHandle?
    private var queue: OpaquePointer?

    init(producer: TransactionalProducer?, consumer: ClientHandle? = nil, queue: OpaquePointer? = nil) {
        self.producer = producer
        self.consumer = consumer
        self.queue = queue
    }

    func release() {
        if let queue { rd_kafka_queue_destroy(queue) }
        queue = nil
        producer = nil
        consumer = nil
    }
}
