import EventContracts
package import ExactlyOnceKafka
import Foundation
package import HandoverRules
package import Postgres

/// The ledger of a simulation, and what happens to the calls on it: a model in memory, or PostgreSQL itself. The same
/// calls go through it in the same order whichever it is.
package final class SteppedLedger: @unchecked Sendable {
    /// The calls that a simulation can interfere with.
    package enum Call: String, Sendable, CaseIterable {
        case connect, open, read, write, lease, attempt, timers, hold
    }

    /// What happens to a call besides what it asks for.
    package enum Fault: String, Sendable, CaseIterable {
        /// The connection goes before the call has any effect; an open transaction is rolled back.
        case lostBefore
        /// The call takes effect, a commit too, and the connection goes before anybody hears of it.
        case lostAfter
        /// The statement takes too long: it fails, and its transaction with it.
        case timeout
        /// A constraint refuses what was to be written.
        case refused
    }

    /// Told of every call before it has any effect. It may let other instances act, or end the one that calls.
    package var onCall: (_ instance: String, Call) -> Fault? = { _, _ in nil }
    /// Now, for sessions that stay silent inside a transaction.
    package var now: () -> Instant = { .distantPast }

    private let connect: () throws -> any LedgerCalls
    private let start: (String) -> AnyObject?
    private let end: (String, AnyObject?) -> Void
    private var open: [SteppedConnection] = []
    /// A fault planted in what the hub is told or writes; simulations must find each.
    package var planted: PlantedFault?
    /// Partitions that a process recorded while another had taken their lease: there must be none.
    package internal(set) var trespasses: [TopicPartition] = []
    /// Who took each lease last.
    var holders: [TopicPartition: Process] = [:]

    package init(_ model: ModelLedger) {
        connect = { ModelConnection(model) }
        start = {
            model.starts($0)
            return nil
        }
        end = { instance, _ in model.ends(instance) }
    }

    /// - Parameter configuration: with a lock timeout of a few milliseconds: on one thread, whoever has the lock can
    ///   not let go of it while another waits.
    package init(_ configuration: PostgresConfiguration) {
        connect = { try Ledger(configuration) }
        start = { instance in
            guard let connection = try? PostgresConnection(configuration),
                let key: Int64 = try? connection.query(LedgerSQL.instanceLockKey(instance)).only()[0],
                (try? connection.tryAdvisoryLock(key)) == true
            else { return nil }
            return connection
        }
        // At once, as a server does that notices the end of the process at once.
        end = { _, lock in _ = try? (lock as? PostgresConnection)?.query("select pg_advisory_unlock_all()") }
    }

    /// A process of this name begins.
    package func process(_ instance: String) -> Process { Process(instance, self, lock: start(instance)) }

    /// One process as the ledger sees it.
    package final class Process: @unchecked Sendable {
        package let instance: String
        let ledger: SteppedLedger
        package private(set) var isDead = false
        /// Held as long as the process lives.
        private var lock: AnyObject?
        private var connections: [SteppedConnection] = []
        /// The leases as it took them.
        var taken: [TopicPartition: LeaseRow] = [:]

        init(_ instance: String, _ ledger: SteppedLedger, lock: AnyObject?) {
            self.instance = instance
            self.ledger = ledger
            self.lock = lock
        }

        /// SIGKILL: the server rolls back what is open and frees the instance's name.
        package func kill() {
            guard !isDead else { return }
            isDead = true
            for connection in connections { connection.drop() }
            connections = []
            ledger.end(instance, lock)
            lock = nil
        }

        func connection() throws -> any LedgerCalls {
            let connection = SteppedConnection(self, try ledger.connect())
            if try connection.happens(.connect) != nil { throw SteppedConnection.lost }
            connections.append(connection)
            return connection
        }
    }

    // MARK: Sessions inside a transaction

    func begun(_ connection: SteppedConnection) {
        ended(connection)
        open.append(connection)
    }

    func ended(_ connection: SteppedConnection) { open.removeAll { $0 === connection } }

    /// The server ends sessions that said nothing inside a transaction for too long.
    func endSilent() {
        let limit = Int64(PostgresLimits.idleInTransactionSessionTimeout.components.seconds)
        for connection in open where now() - connection.lastWord > .seconds(limit) { connection.drop() }
    }
}
