import BrokerModel
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Logging
import Postgres

/// One instance of the hub in a simulation. When a step throws, the process ends; the next act starts it anew, as a
/// supervisor would.
final class SimulatedProcess {
    let name: String
    var isFrozen = false { didSet { client?.isFrozen = isFrozen } }
    private(set) var client: ModelClient?
    private(set) var hub: SteppedHub?
    private let cluster: ModelCluster
    private let ledger: SteppedLedger
    private let rules: Rulebook
    private let planted: PlantedBrokerFault?
    private let note: (String) -> Void
    private var atLedger: SteppedLedger.Process?
    private var isStarting = false

    init(
        _ name: String, _ cluster: ModelCluster, _ ledger: SteppedLedger, _ rules: Rulebook,
        _ planted: PlantedBrokerFault?, note: @escaping (String) -> Void
    ) {
        self.name = name
        self.cluster = cluster
        self.ledger = ledger
        self.rules = rules
        self.planted = planted
        self.note = note
    }

    /// SIGKILL: nothing it still does has any effect.
    func kill(_ why: String) {
        note("\(name) ends: \(why)")
        client?.kill()
        atLedger?.kill()
        (client, atLedger, hub) = (nil, nil, nil)
        isFrozen = false
    }

    /// An orderly end.
    func stop() {
        hub?.stop()
        kill("stopped")
    }

    func act(_ stage: SteppedHub.Stage) {
        guard !isFrozen, !isStarting, let hub = running() else { return }
        do {
            let word = try hub.step(stage)
            if word != "idle", word != "polled", word != "looked" { note("\(name) \(stage.rawValue): \(word)") }
        } catch {
            if self.hub === hub { kill("\(stage.rawValue): \(SimulatedProcess.code(error))") }
        }
    }

    private static func code(_ error: any Error) -> String {
        (error as? KafkaError)?.code ?? (error as? PostgresError)?.code ?? "\(error)"
    }

    private func running() -> SteppedHub? {
        if let hub { return hub }
        isStarting = true
        defer { isStarting = false }
        let client = cluster.client(name), atLedger = ledger.process(name)
        (self.client, self.atLedger) = (client, atLedger)
        note("\(name) starts")
        do {
            let started = try SteppedHub(try settings(), world(client, atLedger), log: logger())
            guard self.client === client else { return nil }
            hub = started
            return started
        } catch {
            if self.client === client { kill("start: \(SimulatedProcess.code(error))") }
            return nil
        }
    }

    private func settings() throws -> HubSettings {
        var settings = HubSettings(
            instance: name, rules: rules, kafka: try KafkaConfiguration(bootstrapServers: "model:9092"),
            postgres: try PostgresConfiguration(url: "postgres://model@model/model"))
        settings.retryAfter = .seconds(30)
        return settings
    }

    private func world(_ client: ModelClient, _ atLedger: SteppedLedger.Process) -> SteppedHub.World {
        SteppedHub.World(
            clients: planted.map { PlantedClients(client, $0) } ?? client, entrance: client, ledger: atLedger,
            makeTopics: { _ in false },
            now: { [cluster] in Instant(milliseconds: cluster.milliseconds) })
    }

    private func logger() -> Logger {
        Logger(label: name, factory: { [name, note] _ in HistoryHandler(name: name, note: note) })
    }
}

/// Puts what a hub logs into the history.
private struct HistoryHandler: LogHandler {
    let name: String
    nonisolated(unsafe) let note: (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .debug

    init(name: String, note: @escaping (String) -> Void) {
        self.name = name
        self.note = note
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let more = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        note("\(name): \(event.message)\(more)")
    }
}
