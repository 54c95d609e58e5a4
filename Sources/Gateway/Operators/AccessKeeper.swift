import Foundation
import HandoverPipeline
import Logging
import Operations
import Postgres
import Synchronization

/// Chains what tokens read (``AccessChain``), every few seconds on a thread of its own, and says the head in the log
/// now and then, so that it is kept where logs are. Every hub's doors run one; PostgreSQL lets one work at a time.
final class AccessKeeper: @unchecked Sendable {
    private let settings: HubSettings
    private let log: Logger
    private let isEnding = Atomic(false)
    // Touched on its own thread only.
    private var connection: PostgresConnection?
    private var isAway = false
    private var told = AuditHead.empty
    private var settingsInForce: [String: String]?
    private var toldAt: ContinuousClock.Instant?

    /// - Parameter settingsInForce: noted when they are not those of this instance's last start; no secrets.
    init(settings: HubSettings, settingsInForce: [String: String]?, log: Logger) {
        self.settings = settings
        self.settingsInForce = settingsInForce
        self.log = log
    }

    func start() {
        Thread.detachNewThread { [self] in
            Thread.current.name = "throughgate-audit"
            var next = ContinuousClock.now
            while !isEnding.load(ordering: .relaxed) {
                if ContinuousClock.now >= next {
                    work()
                    next = .now + .seconds(AccessChain.everySeconds)
                }
                Thread.sleep(forTimeInterval: 0.2)
            }
            connection?.close()
        }
    }

    func stop() { isEnding.store(true, ordering: .relaxed) }

    private func work() {
        do {
            let connection = try self.connection ?? PostgresConnection(settings.postgres)
            self.connection = connection
            try noteSettings(connection)
            // One sets the bound, the next finds it settled.
            _ = try AccessChain.step(on: connection, instance: settings.instance)
            while try AccessChain.step(on: connection, instance: settings.instance) == AccessChain.rowsMax,
                !isEnding.load(ordering: .relaxed)
            {}
            try tell(AuditBook.head(on: connection))
            isAway = false
        } catch {
            // A server that is away is the recorder's to tell; a chain that cannot be added to is not.
            let code = (error as? PostgresError)?.code ?? "\(type(of: error))"
            if !isAway { log.error("the audit waits", metadata: ["code": "\(code)"]) }
            isAway = true
            connection?.close()
            connection = nil
        }
    }

    /// Once, as soon as PostgreSQL answers.
    private func noteSettings(_ connection: PostgresConnection) throws {
        guard let inForce = settingsInForce else { return }
        let note = AuditNote(
            actor: "hub:\(settings.instance)", action: .settings, object: settings.instance, detail: inForce)
        let last = try AuditBook.list(on: connection, action: .settings, actor: note.actor, limit: 1).first
        if last?.details != note.detail { try AuditBook.note(note, on: connection) }
        settingsInForce = nil
    }

    private func tell(_ head: AuditHead) {
        guard head.seq > 0, head != told else { return }
        if let toldAt, ContinuousClock.now - toldAt < .seconds(GatewayLimits.auditHeadSeconds) { return }
        log.notice("audit head", metadata: ["seq": "\(head.seq)", "hash": "\(AuditHead.hex(head.hash))"])
        told = head
        toldAt = .now
    }
}
