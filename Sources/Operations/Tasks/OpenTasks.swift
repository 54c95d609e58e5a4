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
                select m.task_code, count(*), count(*) filter (where m.ack_due_at < clock_timestamp())
                from door_task t join message m using (seq)
                where not t.closed and m.task_code is not null and m.task_code <> 'TRANSFER_BRIEFING'
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
            select \(unsafeRaw: columns) from door_task t join message m using (seq)
            \(unsafeRaw: raising)
            where not t.closed and m.task_code is not null and m.task_code <> 'TRANSFER_BRIEFING'
                and (\(filter.code)::text is null or m.task_code = \(filter.code))
                and (\(filter.spell)::uuid is null or m.spell = \(filter.spell))
                and (\(filter.prison)::text is null or t.reader = \(filter.prison.map { "prison:\($0)" })
                    or case when length(r.body) > 0
                        then convert_from(r.body, 'UTF8')::json ->> 'prisonId' = \(filter.prison) end)
                and (coalesce(r.ack_due_at, r.sent_at), m.stream_id)
                    > (\((after?.due ?? .distantPast).timestamp), \(after?.id ?? TaskBoard.first))
            order by coalesce(r.ack_due_at, r.sent_at), m.stream_id limit \(limit)
            """
        ).map(task)
    }

    private static let first = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
