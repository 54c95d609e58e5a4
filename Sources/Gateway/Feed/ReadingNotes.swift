import Postgres
import Synchronization

/// Notes in the audit what readers are about to be shown, of many readers in one transaction: while one is written, the
/// next ones gather. What cannot be noted is not shown. The same statement says whether the reader's token still
/// stands, so that nothing is shown after a revocation.
final class ReadingNotes: Sendable {
    struct Note: Sendable {
        let token: String
        let action: String
        let recipient: String
        let first: Int64
        let last: Int64
        let items: Int
    }

    /// What the ledger says at that moment.
    struct Verdict: Sendable {
        /// Of the registers, and so of the keys that seal.
        let version: Int64
        /// The last place of this recipient's feed that retention ended.
        let forgotten: Int64
    }

    private typealias Waiting = (note: Note, answer: CheckedContinuation<Verdict?, any Error>)

    private struct State {
        var waiting: [Waiting] = []
        var isWriting = false
    }

    private let work: LedgerWork
    private let waitingMax: Int
    private let state = Mutex(State())

    init(_ work: LedgerWork, waitingMax: Int = GatewayLimits.notesWaitingMax) {
        self.work = work
        self.waitingMax = waitingMax
    }

    /// Returns once the note is committed; nil when the token has ended: nothing was noted, nothing may be shown.
    /// - Throws: ``Problem/busy``, `PostgresError`.
    func take(_ note: Note) async throws -> Verdict? {
        try await withCheckedThrowingContinuation { answer in
            let (isTaken, begins) = state.withLock { state -> (Bool, Bool) in
                guard state.waiting.count < waitingMax else { return (false, false) }
                state.waiting.append((note, answer))
                defer { state.isWriting = true }
                return (true, !state.isWriting)
            }
            if !isTaken { answer.resume(throwing: Problem.busy) }
            if begins { Task { await write() } }
        }
    }

    private func write() async {
        while true {
            let turn = state.withLock { state -> [Waiting] in
                defer { state.waiting = [] }
                if state.waiting.isEmpty { state.isWriting = false }
                return state.waiting
            }
            guard !turn.isEmpty else { return }
            let notes = turn.map(\.note)
            do {
                let verdicts = try await work.run { try ReadingNotes.write(notes, on: $0) }
                for (index, waiting) in turn.enumerated() { waiting.answer.resume(returning: verdicts[index]) }
            } catch {
                for waiting in turn { waiting.answer.resume(throwing: error) }
            }
        }
    }

    private static func write(_ notes: [Note], on connection: PostgresConnection) throws -> [Int: Verdict] {
        var verdicts: [Int: Verdict] = [:]
        for row in try connection.query(GatewaySQL.noteReadings(notes)) {
            verdicts[Int(try row[0] as Int32)] = Verdict(version: try row[1], forgotten: try row[2])
        }
        return verdicts
    }
}

extension GatewaySQL {
    /// One row for each note whose token stands. Has a transaction id before it draws a number: AccessChain rests on
    /// that.
    static func noteReadings(_ notes: [ReadingNotes.Note]) -> SQL {
        .named(
            "feed.note",
            """
            with asked as (
                select * from unnest(\(notes.indices.map { Int32($0) }), \(notes.map(\.token)),
                    \(notes.map(\.action)), \(notes.map(\.recipient)), \(notes.map(\.first)), \(notes.map(\.last)),
                    \(notes.map { Int32(clamping: $0.items) }))
                    as u(place, token, action, recipient, first, last, items)),
            standing as materialized (
                select a.* from asked a join token t on t.id = a.token
                where t.revoked_at is null and (t.expires_at is null or t.expires_at > now())),
            noted as (
                insert into access_audit (token_id, action, first_item, last_item, items)
                select s.token, s.action, s.first, s.last, s.items
                from (select pg_current_xact_id() as id offset 0) x, standing s where x.id is not null),
            fetched as (
                insert into door_cursor as c (recipient_id, fetched_through)
                select recipient, max(last) from standing group by 1 order by 1
                on conflict (recipient_id) do update set fetched_through = excluded.fetched_through,
                    fetched_at = now()
                where c.fetched_through < excluded.fetched_through)
            select s.place, (select version from register_version), coalesce(f.through, 0)
            from standing s left join door_forgotten f on f.recipient_id = s.recipient
            """)
    }
}
