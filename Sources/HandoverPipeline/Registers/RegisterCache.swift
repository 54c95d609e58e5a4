import HandoverRules
import Postgres

/// The registers in force, loaded again when an import raised their version. One immutable value per version, so a
/// batch sees one state of them.
final class RegisterCache {
    private let ledger: Ledger
    private var version: Int64 = -1
    private var registers = Registers()

    init(ledger: Ledger) { self.ledger = ledger }

    /// The registers of this version, read inside the batch's own transaction.
    func inForce(version wanted: Int64) throws -> Registers {
        if wanted != version {
            registers = try RegisterTables.load { try ledger.query($0) }
            version = wanted
        }
        return registers
    }
}
