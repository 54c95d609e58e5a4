import EventContracts
import FoundationEssentials
import HandoverRules
import Postgres

/// The rows of some persons, made from what the ledger has of them now and written in place of what stood.
struct RecordBatch {
    private let session: PostgresConnection
    private let subjects: [String]
    /// Whose rows are replaced: those whose state moved.
    private var stale: [String] = []
    private var changes: [String: Int64] = [:]
    private var rows: [PersonRecordRows] = []

    /// Persons whose snapshot is of another form: their rows stay as they are until it is rebuilt.
    private var unreadable: [String] = []

    /// Reads the persons and derives their rows.
    init(_ session: PostgresConnection, subjects: [String], registers: Registers, rules: Rulebook) throws {
        self.session = session
        self.subjects = subjects
        var states: [PersonState] = []
        for row in try session.query(RecordSQL.states(subjects)) {
            let noms = try row.text(0)
            guard let snapshot: [UInt8] = try row[2] else {
                stale.append(noms)
                continue
            }
            guard let state = PersonSnapshot.decode(snapshot) else {
                unreadable.append(noms)
                continue
            }
            stale.append(noms)
            changes[noms] = try row[1]
            states.append(state)
        }
        guard !states.isEmpty else { return }
        let known = try records(stale), disputed = try disputes(stale)
        let sent = try versions(states.flatMap { $0.threads.map(\.id) })
        rows = states.map { state in
            var elsewhere = Elsewhere()
            elsewhere.kitsHeldByOthers = disputed[state.subject.text] ?? []
            return SpellRecord.of(
                state: state, record: known[state.subject.text], registers: registers, rules: rules,
                sent: state.threads.flatMap { sent[$0.id] ?? [] }, elsewhere: elsewhere)
        }
    }

    /// Takes the old rows out and puts the new ones in.
    func replace() throws {
        _ = try session.query(RecordSQL.settled(subjects))
        for noms in unreadable { _ = try session.query(RecordSQL.fault(noms, "SNAPSHOT_FORM", "")) }
        guard !stale.isEmpty else { return }
        let persons = stale.map { SpellRecord.person(NomsNumber(unchecked: $0)) }
        _ = try session.query(RecordSQL.forget(persons))
        guard !rows.isEmpty else { return }
        _ = try session.query(
            RecordSQL.recognise(
                rows.map(\.id), rows.map(\.noms.text), rows.map { changes[$0.noms.text] ?? 0 }))
        try RecordCopy(session: session, persons: rows).all()
    }

    // MARK: Reading

    private func records(_ subjects: [String]) throws -> [String: PersonRecord] {
        var found: [String: PersonRecord] = [:]
        for row in try session.query(LedgerSQL.records(subjects)) {
            found[try row.text(0)] = try PersonRecord(row: row)
        }
        return found
    }

    private func disputes(_ subjects: [String]) throws -> [String: Set<Label>] {
        var found: [String: Set<Label>] = [:]
        for row in try session.query(RecordSQL.disputes(subjects)) {
            found[try row.text(0), default: []].insert(Label(unchecked: try row.text(1)))
        }
        return found
    }

    private func versions(_ threads: [UUID]) throws -> [UUID: [SentVersion]] {
        guard !threads.isEmpty else { return [:] }
        var found: [UUID: [SentVersion]] = [:]
        for row in try session.query(RecordSQL.versions(threads)) {
            let thread: UUID = try row[0], sentAt: PostgresTimestamp = try row[4]
            let due: PostgresTimestamp? = try row[5], priority: Int16? = try row[3]
            guard let kind = HandoverKind(rawValue: try row.text(2)) else { continue }
            found[thread, default: []].append(
                SentVersion(
                    thread: thread, version: Int(try row[1] as Int32), kind: kind,
                    priority: priority.flatMap { Priority(rawValue: Int($0)) },
                    sentAt: Instant(microseconds: sentAt.microseconds),
                    ackDueAt: due.map { Instant(microseconds: $0.microseconds) }, isHeld: try row[6]))
        }
        return found
    }
}
