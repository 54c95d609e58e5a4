internal import CLibrdkafka

/// One line librdkafka wanted to say. It names topics, partitions, brokers and offsets, never a payload.
public struct KafkaLogLine: Sendable {
    /// syslog's levels: 3 error, 4 warning, 5 notice, 6 information, 7 debug.
    public let level: Int
    public let facility: String
    public let text: String
}

/// Where librdkafka's log lines go. Called on librdkafka's own threads: return at once.
public typealias KafkaLog = @Sendable (KafkaLogLine) -> Void

/// The delivery of one message, as librdkafka reports it. `tag` is the opaque number given with it.
struct DeliveryReport {
    let tag: Int
    let topic: String
    let partition: Int32
    let offset: Int64
    let error: KafkaError?
}

/// What librdkafka calls back. It is the opaque pointer of one client and outlives it; callbacks only copy and record.
final class CallbackSink: @unchecked Sendable {
    // Set once, before the client exists; only read afterwards.
    var log: KafkaLog?
    var delivered: ((DeliveryReport) -> Void)?
    var brokersFailed: ((KafkaError) -> Void)?
    /// On the thread that polls. The list is lent for the call.
    var rebalanced: ((rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> Void)?

    private let refusal = Gate<(error: KafkaError, at: ContinuousClock.Instant)?>(nil)

    /// Why brokers refused a connection, when one did since the last call and lately: brokers that refused at the start
    /// and took the sign-in since are not why they are away now.
    func takeRefusal() -> KafkaError? {
        guard let told = refusal.withLock({ $0.take() }) else { return nil }
        return ContinuousClock.now - told.at < .seconds(KafkaLimits.refusalSeconds) ? told.error : nil
    }

    private func failed(_ error: KafkaError) {
        if error.isRefusal { refusal.withLock { $0 = (error, .now) } }
        brokersFailed?(error)
    }

    static func of(_ opaque: UnsafeMutableRawPointer?) -> CallbackSink? {
        opaque.map { Unmanaged<CallbackSink>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Tells the configuration which callbacks to call. The caller keeps the sink alive as long as the client.
    func register(with conf: OpaquePointer) {
        rd_kafka_conf_set_opaque(conf, Unmanaged.passUnretained(self).toOpaque())
        rd_kafka_conf_set_log_cb(conf) { client, level, facility, text in
            guard let client, let log = CallbackSink.of(rd_kafka_opaque(client))?.log else { return }
            let facility = facility.map { String(cString: $0) } ?? ""
            // One set of settings serves producers and consumers: that some fit only one kind is not news.
            if facility == "CONFWARN" { return }
            log(
                KafkaLogLine(
                    level: Int(level), facility: facility, text: text.map { String(cString: $0) } ?? ""))
        }
        rd_kafka_conf_set_error_cb(conf) { _, code, _, opaque in
            CallbackSink.of(opaque)?.failed(KafkaError(rd_kafka_resp_err_t(code), at: "connection"))
        }
        if delivered != nil { registerDeliveries(with: conf) }
        if rebalanced != nil {
            rd_kafka_conf_set_rebalance_cb(conf) { _, code, partitions, opaque in
                CallbackSink.of(opaque)?.rebalanced?(code, partitions)
            }
        }
    }

    private func registerDeliveries(with conf: OpaquePointer) {
        rd_kafka_conf_set_dr_msg_cb(conf) { _, message, opaque in
            guard let message = message?.pointee, let delivered = CallbackSink.of(opaque)?.delivered else { return }
            let failed = message.err != RD_KAFKA_RESP_ERR_NO_ERROR
            delivered(
                DeliveryReport(
                    tag: Int(bitPattern: message._private),
                    topic: message.rkt.map { String(cString: rd_kafka_topic_name($0)) } ?? "",
                    partition: message.partition, offset: message.offset,
                    error: failed ? KafkaError(message.err, at: "delivery") : nil))
        }
    }
}
