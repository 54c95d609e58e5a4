internal import CLibrdkafka

/// What went wrong between this process and Kafka: a code, what to do about it, and where it happened.
/// Never carries a key, a value or a header.
public struct KafkaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What the caller should do.
    public enum Recovery: String, Sendable {
        /// The same call again may succeed.
        case retry
        /// Give the transaction up, rewind and do the batch again.
        case abort
        /// This instance cannot go on; the process ends and a restart decides from the committed offsets.
        case stop
    }

    /// librdkafka's three flags of a transactional error.
    public struct Flags: Sendable, Equatable {
        public var isFatal: Bool
        public var requiresAbort: Bool
        public var isRetriable: Bool

        public init(isFatal: Bool = false, requiresAbort: Bool = false, isRetriable: Bool = false) {
            self.isFatal = isFatal
            self.requiresAbort = requiresAbort
            self.isRetriable = isRetriable
        }
    }

    /// Kafka's or librdkafka's name of the error, such as `_TIMED_OUT` or `TOPIC_AUTHORIZATION_FAILED`.
    public let code: String
    public let flags: Flags
    /// The call that failed.
    public let place: String
    /// One line for a person who looks after the hub.
    public let message: String

    public init(code: String, flags: Flags = Flags(), place: String, message: String) {
        self.code = code
        self.flags = flags
        self.place = place
        self.message = message
    }

    public var description: String { "\(code) at \(place): \(message)" }

    /// Another producer or process has taken this identity over.
    public var isFenced: Bool {
        code == "_FENCED" || code == "PRODUCER_FENCED"
            || (flags.isFatal && (code == "FENCED_INSTANCE_ID" || code == "INVALID_PRODUCER_EPOCH"))
    }

    /// No broker could be reached in time; nothing is wrong with the request itself.
    public var isUnavailable: Bool { KafkaError.unavailableCodes.contains(code) }

    /// A broker answered, but its certificate was not believed or it did not take our sign-in.
    var isRefusal: Bool { KafkaError.refusalCodes.contains(code) }

    /// In this order: fenced, fatal → stop; abort required → abort; retriable → retry; none of them → stop.
    public var recovery: Recovery {
        if isFenced || flags.isFatal { return .stop }
        if flags.requiresAbort { return .abort }
        return flags.isRetriable ? .retry : .stop
    }

    static let unavailableCodes: Set<String> = [
        "_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE", "_TIMED_OUT", "_TIMED_OUT_QUEUE", "_MSG_TIMED_OUT",
        "_WAIT_COORD",
        "REQUEST_TIMED_OUT", "NETWORK_EXCEPTION", "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS",
        "NOT_COORDINATOR", "LEADER_NOT_AVAILABLE", "NOT_LEADER_FOR_PARTITION", "BROKER_NOT_AVAILABLE",
        "NOT_ENOUGH_REPLICAS", "NOT_ENOUGH_REPLICAS_AFTER_APPEND", "UNSTABLE_OFFSET_COMMIT", "KAFKA_STORAGE_ERROR",
    ]
    private static let refusalCodes: Set<String> = ["_SSL", "_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED"]
    private static let passingCodes: Set<String> = unavailableCodes.union([
        "_QUEUE_FULL", "_IN_PROGRESS", "REBALANCE_IN_PROGRESS", "CONCURRENT_TRANSACTIONS", "_STATE",
    ])
}

extension KafkaError {
    /// From a bare result code, which carries no flags: what passes by itself is retriable, the rest is not.
    init(_ code: rd_kafka_resp_err_t, at place: String) {
        let name = KafkaError.name(code)
        self.init(
            code: name, flags: Flags(isRetriable: KafkaError.passingCodes.contains(name)), place: place,
            message: KafkaError.message(name, String(cString: rd_kafka_err2str(code))))
    }

    /// Takes a librdkafka error object over: reads it and frees it. nil when there was none.
    init?(consuming error: OpaquePointer?, at place: String) {
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        let name = String(cString: rd_kafka_error_name(error))
        var flags = Flags()
        flags.isFatal = rd_kafka_error_is_fatal(error) != 0
        flags.requiresAbort = rd_kafka_error_txn_requires_abort(error) != 0
        flags.isRetriable = rd_kafka_error_is_retriable(error) != 0
        self.init(
            code: name, flags: flags, place: place,
            message: KafkaError.message(name, String(cString: rd_kafka_error_string(error))))
    }

    static func name(_ code: rd_kafka_resp_err_t) -> String { String(cString: rd_kafka_err2name(code)) }

    private static func message(_ code: String, _ text: String) -> String {
        guard let remedy = remedy(code) else { return text }
        return "\(text). \(remedy)"
    }

    private static func remedy(_ code: String) -> String? {
        switch code {
        case "_FENCED", "PRODUCER_FENCED", "FENCED_INSTANCE_ID", "INVALID_PRODUCER_EPOCH":
            "Another process runs under the same instance name: give each process its own hub.instance"
        case "_TIMED_OUT", "_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE", "REQUEST_TIMED_OUT", "_MSG_TIMED_OUT":
            "Check kafka.bootstrapServers and that the brokers can be reached from here"
        case _ where refusalCodes.contains(code):
            "Check the sasl.* and ssl.* settings below kafka.properties"
        case "TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED", "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
            "CLUSTER_AUTHORIZATION_FAILED":
            "Grant the missing ACL: topics plan prints what each principal needs"
        case "UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION":
            "Create the topic: topics apply does"
        case "MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE":
            "Raise max.message.bytes of the topic: topics plan shows the value"
        default: nil
        }
    }
}
