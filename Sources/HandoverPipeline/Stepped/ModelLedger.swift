import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
package import HandoverRules
import Postgres

/// The ledger in memory, for simulations: deterministic, on one thread. It keeps the guarantees on which delivery rests
/// as PostgreSQL keeps them: a transaction happens whole or not at all; rows that one has locked are nobody else's
/// until it ends (whoever waits gives up after the lock timeout); keys are unique; leases only rise.
///
/// It lies beside the pipeline because it speaks the ledger's own values; the program never makes one. That it says
/// what PostgreSQL says is tested by running the same histories on both.
package final class ModelLedger: @unchecked Sendable {
    /// What an open transaction has and nobody else can have.
    enum Lock: Hashable {
        case lease(TopicPartition)
        case event(UUID)
        case person(String)
    }

    var rows = ModelRows()
    private var locks: [Lock: ObjectIdentifier] = [:]
    private var running: Set<String> = []

    package init() {}

    /// Puts reference data into force; batches that begin from now on are decided with it.
    package func put(_ registers: Registers, rules: Rulebook) {
        rows.reference = ReferenceData(registers: registers, rules: rules)
        rows.registerVersion += 1
    }

    /// What the prisoners' record says.
    package func put(_ records: [NomsNumber: PersonRecord]) { rows.records.merge(records) { $1 } }

    /// All that is committed now, to be put back later.
    package struct Backup { fileprivate let rows: ModelRows }

    package func backup() -> Backup { Backup(rows: rows) }

    /// A server restored to an older state. No transaction may be open.
    package func restore(_ backup: Backup) { rows = backup.rows }

    // MARK: Locks

    /// - Throws: 55P03, as whoever waits for longer than the lock timeout; nothing is locked then.
    func lock(_ wanted: [Lock], for owner: AnyObject) throws {
        let owner = ObjectIdentifier(owner)
        guard wanted.allSatisfy({ locks[$0] == nil || locks[$0] == owner }) else {
            throw PostgresError.model("55P03", .timeout)
        }
        for lock in wanted { locks[lock] = owner }
    }

    func unlockAll(of owner: AnyObject) {
        let owner = ObjectIdentifier(owner)
        locks = locks.filter { $0.value != owner }
    }

    // MARK: Running instances

    func starts(_ instance: String) { running.insert(instance) }
    func ends(_ instance: String) { running.remove(instance) }
    func isRunning(_ instance: String) -> Bool { running.contains(instance) }
}
