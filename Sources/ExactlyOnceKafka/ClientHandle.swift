internal import CLibrdkafka

/// Owns one librdkafka client: makes it, lends it, frees it.
final class ClientHandle: @unchecked Sendable {
    enum Kind { case consumer, producer }

    let pointer: OpaquePointer
    private let kind: Kind
    private let sink: CallbackSink
    private var topics: [String: OpaquePointer] = [:]

    /// - Throws: ``KafkaSettingError`` when a property is unknown or its value does not fit.
    init(_ kind: Kind, _ configuration: KafkaConfiguration, own: [String: String], sink: CallbackSink) throws {
        let conf = try ClientHandle.conf(kind, configuration, own)
        sink.register(with: conf)
        var text = [CChar](repeating: 0, count: 512)
        let type = kind == .consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER
        guard let pointer = rd_kafka_new(type, conf, &text, text.count) else {
            rd_kafka_conf_destroy(conf)
            throw KafkaError(
                code: "_INVALID_ARG", place: "new client",
                message: "librdkafka refused the settings together: " + ClientHandle.text(text))
        }
        self.pointer = pointer
        self.kind = kind
        self.sink = sink
        if kind == .consumer { rd_kafka_poll_set_consumer(pointer) }
    }

    /// Blocks until librdkafka's threads have ended. A static member leaves without a word and keeps its partitions.
    deinit {
        for topic in topics.values { rd_kafka_topic_destroy(topic) }
        rd_kafka_destroy_flags(pointer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }

    /// The topic object of a producer. Only one thread of a client produces, or the caller holds a lock.
    func topic(_ name: String) -> OpaquePointer? {
        if let known = topics[name] { return known }
        guard let topic = rd_kafka_topic_new(pointer, name, nil) else { return nil }
        topics[name] = topic
        return topic
    }

    /// The error that made the client unusable, if one did.
    func fatalError(at place: String) -> KafkaError? {
        var text = [CChar](repeating: 0, count: 512)
        let code = rd_kafka_fatal_error(pointer, &text, text.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        let plain = KafkaError(code, at: place)
        return KafkaError(
            code: plain.code, flags: .init(isFatal: true), place: place,
            message: plain.message + " (" + ClientHandle.text(text) + ")")
    }

    /// The same failure, told as what it is. A broker that refuses the connection looks like one that is away: only the
    /// connection's own error tells them apart. Code and flags stay: credentials may be on their way to a broker that
    /// has just started, so it is tried again as if it were away. Of a producer only: who serves a consumer to hear of
    /// it would take its records.
    func told(_ error: KafkaError) -> KafkaError {
        guard kind == .producer, error.isUnavailable else { return error }
        _ = rd_kafka_poll(pointer, 0)
        guard let refusal = sink.takeRefusal() else { return error }
        return KafkaError(code: error.code, flags: error.flags, place: error.place, message: refusal.message)
    }

    /// Checks that librdkafka knows every property and accepts its value, without making a client.
    static func verify(_ configuration: KafkaConfiguration) throws {
        rd_kafka_conf_destroy(try conf(.consumer, configuration, [:]))
    }

    private static func conf(
        _ kind: Kind, _ configuration: KafkaConfiguration, _ own: [String: String]
    ) throws
        -> OpaquePointer
    {
        guard let conf = rd_kafka_conf_new() else {
            throw KafkaError(code: "_FAIL", place: "new client", message: "out of memory")
        }
        var settings = ClientDefaults.common(kind)
        settings["bootstrap.servers"] = configuration.bootstrapServers
        for layer in [configuration.properties, own] { settings.merge(layer) { $1 } }
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) {
            // librdkafka's own text repeats the value, which may be a secret: it is not used.
            if rd_kafka_conf_set(conf, key, value, nil, 0) != RD_KAFKA_CONF_OK {
                rd_kafka_conf_destroy(conf)
                throw KafkaSettingError(
                    key: key,
                    remedy: "librdkafka \(String(cString: rd_kafka_version_str())) does not know this "
                        + "property or does not accept its value; see its CONFIGURATION.md")
            }
        }
        return conf
    }

    static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
