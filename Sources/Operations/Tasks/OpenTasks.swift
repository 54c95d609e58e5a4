public import FoundationEssentials
public import HandoverRules
public import Postgres

/// Which open tasks.
public struct TaskFilter: Sendable, Hashable {
    public var code: String?
    public var prison: String?
    public var spell: UUID?

    public init(code: String? = nil, prison: String? = nil, spell: UUID? = nil) {
        self.code = code
        self.prison = prison
        self.spell = spell
    }
}

extension TaskBoard {
    /// Open tasks of one code.
    public struct Count: Sendable, Hashable {
        public var code: String
        public var open: Int
        /// Of them, those whose time is over.
        public var overdue: Int
    }

    /// Open tasks by code, the most overdue first. From the tasks as the doors show them: what is open is indexed.
    public static func counts(on connection: PostgresConnection) throws -> [Count] {
        try connection.query(
            .named(
                "task.counts",
                """
                select task_code, count(*), count(*) filter (where due_at < clock_timestamp())
                from (
                    select m.task_code, m.ack_due_at as due_at from door_task t join message m using (seq)
                    where not t.closed and m.task_code is not null and m.task_code <> 'TRANSFER_BRIEFING'
                    union all
                    select task_code, due_at from (\(unsafeRaw: beside)) r where not closes) t
                group by 1 order by 3 desc, 2 desc, 1
                """)
        ).map { row in
            let open: Int64 = try row[1], overdue: Int64 = try row[2]
            return Count(code: try row[0], open: Int(open), overdue: Int(overdue))
        }
    }

    /// Open tasks, those due first at the top, after one of the page before. (What has no time to be done by stands by
    /// when it was raised.)
    public static func open(
        _ filter: TaskFilter, on connection: PostgresConnection, after: (due: Instant, id: UUID)? = nil, limit: Int
    ) throws -> [Task] {
        try connection.query(
            """
            select * from (
                \(unsafeRaw: decided(from: shown))
                union all
                select * from (\(unsafeRaw: beside)) r where not closes) t
            where (\(filter.code)::text is null or task_code = \(filter.code))
                and (\(filter.spell)::uuid is null or spell = \(filter.spell))
                and (\(filter.prison)::text is null
                    or substring(topic from 'prison\\.tasks\\.(.*)$') = \(filter.prison)
                    or case when length(raised_body) > 0
                        then convert_from(raised_body, 'UTF8')::json ->> 'prisonId' = \(filter.prison) end)
                and (coalesce(due_at, raised_at), stream_id)
                    > (\((after?.due ?? .distantPast).timestamp), \(after?.id ?? TaskBoard.first))
            order by coalesce(due_at, raised_at), stream_id limit \(limit)
            """
        ).map(task)
    }

    /// The newest published message of each open task: what is open is indexed.
    private static let shown = "(select m.* from door_task d join message m using (seq) where not d.closed) m"

    private static let first = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
