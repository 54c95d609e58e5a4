import HandoverRules
import Postgres

/// What decisions rest on beside the events: the registers, and the rules with the constants and words imported.
struct ReferenceData {
    var registers = Registers()
    var rules = Rulebook()
}

/// The reference data in force, loaded again when an import raised its version. One immutable value per version, so a
/// batch sees one state of it.
final class RegisterCache {
    private let ledger: any LedgerCalls
    private let settings: Rulebook
    private var version: Int64 = -1
    private var data = ReferenceData()

    /// - Parameter settings: the rules as the settings have them; a hold set there counts before an imported one.
    init(ledger: any LedgerCalls, settings: Rulebook) {
        self.ledger = ledger
        self.settings = settings
    }

    /// The reference data of this version, read inside the batch's own transaction.
    func inForce(version wanted: Int64) throws -> ReferenceData {
        if wanted != version {
            data = try ledger.reference(settings)
            version = wanted
        }
        return data
    }
}

extension ReferenceData {
    static func load(_ settings: Rulebook, _ query: (SQL) throws -> PostgresRows) throws -> ReferenceData {
        var data = ReferenceData(
            registers: try RegisterTables.load(query), rules: try RegisterTables.loadRules(query))
        if settings.releaseHold != Rulebook.standard.releaseHold { data.rules.releaseHold = settings.releaseHold }
        return data
    }
}
