import FoundationEssentials
import HandoverRules
import Postgres

/// What the ledger keeps of some people.
struct PeopleRows {
    /// Numbers that were asked for.
    var asked: [String] = []
    /// Kits that were asked for.
    var kits: [String] = []
    var snapshots: [String: [UInt8]] = [:]
    /// Numbers that are merged away, and those that are kept instead.
    var keptUnder: [String: String] = [:]
    var records: [NomsNumber: PersonRecord] = [:]
    var heldStreams: Set<UUID> = []
    var claims: [KitClaims.Claim] = []

    mutating func merge(_ other: PeopleRows) {
        asked += other.asked
        kits += other.kits
        snapshots.merge(other.snapshots) { $1 }
        keptUnder.merge(other.keptUnder) { $1 }
        records.merge(other.records) { $1 }
        heldStreams.formUnion(other.heldStreams)
        claims += other.claims
    }
}

/// The statements that read ``PeopleRows``, queued. The claims are read after the locks are had: whoever holds a kit
/// and is not locked here is found by them.
struct PendingPeople {
    private let asked: [String]
    private let kits: [String]
    private let states: PostgresPending<PostgresRows>
    private let records: PostgresPending<PostgresRows>
    private let held: PostgresPending<PostgresRows>
    private let claims: PostgresPending<PostgresRows>

    init(_ pipe: PostgresPipeline, _ lock: SQL, _ subjects: [String], _ kits: [String]) {
        asked = subjects
        self.kits = kits
        states = pipe.query(lock)
        records = pipe.query(LedgerSQL.records(subjects))
        held = pipe.query(LedgerSQL.heldStreams(subjects))
        claims = pipe.query(LedgerSQL.claims(subjects, kits))
    }

    func get() throws -> PeopleRows {
        var rows = PeopleRows()
        rows.asked = asked
        rows.kits = kits
        for row in try states.get() {
            if let kept = try row[2] as String? {
                rows.keptUnder[try row.text(0)] = kept
            } else {
                rows.snapshots[try row.text(0)] = try row.bytes(1)
            }
        }
        for row in try records.get() {
            rows.records[NomsNumber(unchecked: try row.text(0))] = try PersonRecord(row: row)
        }
        for row in try held.get() { rows.heldStreams.insert(try row[0]) }
        for row in try claims.get() {
            rows.claims.append(
                KitClaims.Claim(
                    kit: Label(unchecked: try row.text(0)), turn: Int(try row[1] as Int16),
                    holder: NomsNumber(unchecked: try row.text(2))))
        }
        return rows
    }
}
