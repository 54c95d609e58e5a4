/// librdkafka's clients in real time.
package struct LibrdkafkaClients: BrokerClients {
    private let configuration: KafkaConfiguration
    private let log: KafkaLog?

    package init(configuration: KafkaConfiguration, log: KafkaLog? = nil) {
        self.configuration = configuration
        self.log = log
    }

    package func consumer(_ settings: SessionSettings, news: ConsumerNews) throws -> any ConsumerCalls {
        try LibrdkafkaConsumer(configuration, settings, news: news, log: log)
    }

    package func producer(_ settings: SessionSettings) throws -> any TransactionCalls {
        try LibrdkafkaProducer(configuration, settings, log: log)
    }

    package var now: ContinuousClock.Instant { .now }

    package func passes(_ duration: Duration) -> Bool { false }
}
