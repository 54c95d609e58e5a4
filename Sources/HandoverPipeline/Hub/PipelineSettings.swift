public import ExactlyOnceKafka
public import HandoverRules
public import Postgres

/// Whose "now" the hub lives by (contract.md §2, `hub.clock`).
public enum HubClock: String, Sendable, CaseIterable {
    /// receivedAt is the Kafka record timestamp, never later than the machine's clock.
    case system
    /// receivedAt is the event's recordedtime and now is the largest in the ledger: replay, demo and tests.
    case events
}

/// What a hub needs to be told.
public struct HubSettings: Sendable {
    public var instance: String
    public var group: String
    public var topicPrefix: String
    public var clock: HubClock
    public var rules: Rulebook
    /// When a handover whose topic could not be written is tried again.
    public var retryAfter: Span = .seconds(HubLimits.retrySeconds)
    /// Between two canaries; nil: none are sent. Not together with ``HubClock/events``, whose time is not theirs.
    public var canaryEvery: Duration?
    public var kafka: KafkaConfiguration
    public var postgres: PostgresConfiguration

    public init(
        instance: String, group: String = "throughgate", topicPrefix: String = "", clock: HubClock = .system,
        rules: Rulebook = Rulebook(), kafka: KafkaConfiguration, postgres: PostgresConfiguration
    ) {
        self.instance = instance
        self.group = group
        self.topicPrefix = topicPrefix
        self.clock = clock
        self.rules = rules
        self.kafka = kafka
        self.postgres = postgres
    }

    /// Group, transactional id and client ids carry the prefix too: a shared cluster keeps them apart.
    public var prefixedGroup: String { topicPrefix + group }
    public var transactionalID: String { topicPrefix + "throughgate-" + instance }
}

/// What recording needs to know besides the batch.
struct PipelineSettings: Sendable {
    var clusterID: String
    var instance: String
    var clock: HubClock
    var rules: Rulebook
    var outbound: OutboundWriter
}
