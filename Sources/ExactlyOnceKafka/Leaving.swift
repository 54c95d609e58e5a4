/// Clients on their way out; releasing them waits for librdkafka's threads, so another thread does it.
final class Leaving: @unchecked Sendable {
    private var producer: (any TransactionCalls)?
    private var consumer: (any ConsumerCalls)?

    init(producer: (any TransactionCalls)?, consumer: (any ConsumerCalls)? = nil) {
        self.producer = producer
        self.consumer = consumer
    }

    func release() {
        producer = nil
        consumer = nil
    }
}
