import EventContracts
public import FoundationEssentials
public import HandoverRules
public import Postgres

/// What people are asked to do, as it stands in the ledger: the last message of each task. Only reads; ids and codes,
/// no person's data.
public enum TaskBoard {
    public struct Task: Sendable, Hashable {
        public var id: UUID
        public var code: String
        public var isOpen: Bool
        /// Of its last message; 1 raised it.
        public var version: Int
        public var priority: Priority?
        /// When it was last raised, and what its raising said is due.
        public var raisedAt: Instant
        public var dueAt: Instant?
        /// When and how it was closed.
        public var closedAt: Instant?
        public var outcome: String?
        /// nil for a task about a record that was not taken.
        public var spell: UUID?
        public var handover: UUID?
        public var prison: String?
        public var provider: String?
        public var reason: String?
        /// Of a task that asks for a route: the scopes of the spell that wait for one now.
        public var scopes: [String] = []
    }

    /// Tasks, those due first at the top; what is told to a prison without asking anything (transfer.briefing) is none.
    /// - Parameters:
    ///   - isAll: also closed ones.
    ///   - prison: only those of this prison.
    ///   - code: only those of this code.
    public static func list(
        on connection: PostgresConnection, isAll: Bool, prison: PrisonID? = nil, code: String? = nil
    ) throws -> [Task] {
        let rows = try connection.query(
            """
            select * from (\(unsafeRaw: decided(from: newest)) union all \(unsafeRaw: beside)) t
            where (\(isAll) or not closes) and (\(code)::text is null or task_code = \(code))
            order by closes, due_at, stream_id
            """)
        let tasks = try rows.map(task)
        guard let prison else { return tasks }
        return tasks.filter { $0.prison == prison.text }
    }

    /// One task, and whom it is about; nil where no task has this id.
    public static func task(
        _ id: UUID, on connection: PostgresConnection
    ) throws -> (task: Task, subject: NomsNumber?)? {
        let row = try connection.query(
            """
            select * from (\(unsafeRaw: decided(from: newest)) union all \(unsafeRaw: beside)) t
            where stream_id = \(id)
            """
        ).first
        return try row.map { (try task($0), (try $0[13] as String?).flatMap { NomsNumber($0) }) }
    }

    private static let newest = """
        (select distinct on (stream_id) * from message where task_code is not null order by stream_id, version desc) m
        """

    /// Tasks that were decided: the last message of each, and the one that raised it last. What is told to a prison
    /// without asking anything is none.
    /// - Parameter source: a table expression of messages named `m`.
    static func decided(from source: String) -> String {
        """
        select m.stream_id, m.task_code, m.closes, m.version, r.priority, r.sent_at as raised_at,
            r.ack_due_at as due_at, m.sent_at, m.spell, r.topic, r.body as raised_body, m.body,
            case when m.task_code in ('HUMAN_QUEUE', 'NO_PROVIDER') and not m.closes then array(
                select scope from outcome o where o.spell = m.spell and o.state = 'HUMAN_QUEUE' order by 1) end
                as scopes, m.subject
        from \(source)
        cross join lateral (
            select * from message o where o.stream_id = m.stream_id and not o.closes order by o.version desc limit 1) r
        where m.task_code <> 'TRANSFER_BRIEFING'
        """
    }

    /// Tasks about rejected events and of webhooks given up, in the same columns: they are kept apart, no event caused
    /// them, and who answers them answers about nobody.
    static let beside = """
        select m.task_id as stream_id, m.task_code, m.closes, m.version, m.priority, r.sent_at as raised_at,
            coalesce(r.due_at, r.sent_at + make_interval(secs => \(RejectionTask.due.microseconds / 1_000_000)))
                as due_at, m.sent_at, m.spell, r.topic, r.body as raised_body, m.body, null::text[] as scopes,
            null::text as subject
        from task_beside m
        cross join lateral (
            select * from task_beside o where o.task_id = m.task_id and not o.closes
            order by o.version desc limit 1) r
        where m.is_current
        """

    static func task(_ row: PostgresRow) throws -> Task {
        let raised: PostgresTimestamp = try row[5], sent: PostgresTimestamp = try row[7]
        let due: PostgresTimestamp? = try row[6]
        let body = BodyFields(try row.bytes(10)), last = BodyFields(try row.bytes(11))
        let closes: Bool = try row[2]
        let topic = try row.text(9)
        let prisonOfTopic = topic.range(of: "prison.tasks.").map { String(topic[$0.upperBound...]) }
        return Task(
            id: try row[0], code: try row[1], isOpen: !closes, version: Int(try row[3] as Int32),
            priority: (try row[4] as Int16?).flatMap { Priority(rawValue: Int($0)) },
            raisedAt: Instant(microseconds: raised.microseconds),
            dueAt: due.map { Instant(microseconds: $0.microseconds) },
            closedAt: closes ? Instant(microseconds: sent.microseconds) : nil,
            outcome: closes ? last.text("outcome") : nil, spell: try row[8], handover: body.id("handoverId"),
            prison: prisonOfTopic ?? body.text("prisonId"), provider: body.text("providerId"),
            reason: body.text("reason"), scopes: try row[12] ?? [])
    }
}
