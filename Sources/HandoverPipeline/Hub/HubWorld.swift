import ExactlyOnceKafka
import Foundation
import HandoverRules

/// The servers and the clock that a hub works with: real ones in the program, models in simulations.
struct HubWorld: Sendable {
    var session: @Sendable (SessionSettings, @escaping KafkaLog) -> ExactlyOnceSession
    /// What writes events into inbound topics.
    var entrance: @Sendable (_ clientName: String, @escaping KafkaLog) throws -> any EventEntrance
    /// A connection of its own to the ledger.
    var ledger: @Sendable () throws -> any LedgerCalls
    /// Makes recipients' topics that are missing; false when one of them cannot be made or is not missing.
    var makeTopics: @Sendable (Set<String>) -> Bool
    /// Now, in UTC.
    var now: @Sendable () -> Instant
    /// The time that waits are measured by; it never goes back.
    var moment: @Sendable () -> ContinuousClock.Instant
    /// Waits a moment on this thread.
    var rest: @Sendable (Duration) -> Void

    /// The servers that the settings name, and the machine's clock.
    static func real(_ settings: HubSettings) -> HubWorld {
        HubWorld(
            session: { ExactlyOnceSession(configuration: settings.kafka, settings: $0, log: $1) },
            entrance: { try EventProducer(configuration: settings.kafka, clientName: $0, log: $1) },
            ledger: { try Ledger(settings.postgres) },
            makeTopics: { make($0, settings.kafka) },
            now: { MachineClock.now() },
            moment: { .now },
            rest: { Thread.sleep(forTimeInterval: $0.seconds) })
    }

    private static func make(_ topics: Set<String>, _ kafka: KafkaConfiguration) -> Bool {
        guard let admin = try? TopicAdmin(configuration: kafka) else { return false }
        guard let present = try? Set(admin.topics().map(\.name)) else { return false }
        let missing = topics.subtracting(present)
        guard missing.count == topics.count else { return false }
        let plans = missing.sorted().map { TopicPlan(name: $0, partitions: TopicLayout.recipientPartitions) }
        guard let results = try? admin.create(plans) else { return false }
        return results.values.allSatisfy { $0 == .done || $0 == .unchanged }
    }
}
