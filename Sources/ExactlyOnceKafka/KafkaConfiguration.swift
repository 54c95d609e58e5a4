/// How to reach the cluster. Names of topics, groups and ids arrive complete: a prefix is the caller's business.
public struct KafkaConfiguration: Sendable {
    /// `host:port`, several separated by commas.
    public let bootstrapServers: String
    /// Further librdkafka properties (TLS, SASL, queue sizes), as they stand below `kafka.properties`.
    public let properties: [String: String]

    /// Refuses, by name, what would break exactly-once or contradict ``KafkaLimits``.
    ///
    /// - Throws: ``KafkaSettingError`` with the key and the remedy, never the value.
    public init(bootstrapServers: String, properties: [String: String] = [:]) throws {
        if bootstrapServers.isEmpty {
            throw KafkaSettingError(key: "bootstrap.servers", remedy: "name at least one broker as host:port")
        }
        for (key, value) in properties.sorted(by: { $0.key < $1.key }) {
            if let remedy = ProtectedProperties.refusal(of: key, value: value) {
                throw KafkaSettingError(key: key, remedy: remedy)
            }
        }
        self.bootstrapServers = bootstrapServers
        self.properties = properties
        if let contradiction = try contradictions().first {
            throw KafkaSettingError(key: "kafka.properties", remedy: contradiction)
        }
        try ClientHandle.verify(self)
    }

    private func contradictions() throws -> [String] {
        KafkaLimits.contradictions(
            sessionTimeout: try number("session.timeout.ms", KafkaLimits.sessionTimeoutMilliseconds),
            heartbeat: try number("heartbeat.interval.ms", KafkaLimits.heartbeatMilliseconds),
            pollInterval: try number("max.poll.interval.ms", KafkaLimits.pollIntervalMaxMilliseconds),
            queuedKibibytes: try number("queued.max.messages.kbytes", KafkaLimits.queuedKibibytesMax),
            messageBytes: try number("message.max.bytes", KafkaLimits.messageBytesMax),
            receiveBytes: try number("receive.message.max.bytes", KafkaLimits.receiveBytesMax),
            fetchBytes: try number("fetch.max.bytes", KafkaLimits.fetchBytesMax))
    }

    private func number(_ key: String, _ standard: Int) throws -> Int {
        guard let text = properties[key] else { return standard }
        guard let number = Int(text) else { throw KafkaSettingError(key: key, remedy: "give a whole number") }
        return number
    }
}

/// A setting that cannot stand: the key and the remedy, never the value.
public struct KafkaSettingError: Error, Sendable, Equatable, CustomStringConvertible {
    public let key: String
    public let remedy: String

    public var description: String { "kafka.properties.\(key): \(remedy)" }
}
