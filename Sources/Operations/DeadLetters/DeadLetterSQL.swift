import HandoverPipeline
import HandoverRules
import Postgres

/// Every SQL text of dead letters that changes or selects them.
enum DeadLetterSQL {
    private static let columns = """
        r.topic, r.partition, r."offset", r.reason, r.detail, r.record_time, r.first_seen, r.attempts, r.state,
            octet_length(r.key), octet_length(r.value)
        """

    private static let isKnown = """
        exists (select from person_state s
            where s.noms = case when octet_length(r.key) = 7 then encode(r.key, 'escape') end)
        """

    static func list(_ f: DeadLetterFilter, after: LedgerView.Rejected?, limit: Int) -> SQL {
        .named(
            "dead.list",
            """
            select \(unsafeRaw: columns) from rejected r
            where (\(f.state?.rawValue)::text is null or r.state = \(f.state?.rawValue))
                and (\(f.reason)::text is null or r.reason = \(f.reason))
                and (\(f.topic)::text is null or r.topic = \(f.topic))
                and (not \(f.isKnown) or \(unsafeRaw: isKnown))
                and (\(after == nil) or (r.first_seen, r.topic, r.partition, r."offset")
                    < (\(after?.firstSeen.timestamp), \(after?.topic), \(after?.partition), \(after?.offset)))
            order by r.first_seen desc, r.topic desc, r.partition desc, r."offset" desc limit \(limit)
            """)
    }

    static let groups: SQL = .named(
        "dead.groups",
        """
        select r.reason, r.topic, count(*), min(r.first_seen), max(r.first_seen),
            count(*) filter (where \(unsafeRaw: isKnown))
        from rejected r where r.state = 'OPEN' group by 1, 2 order by 3 desc, 1, 2
        """)

    /// What a filter finds, in the order of the partitions, with what lies open before each under its key.
    static func selected(_ f: DeadLetterFilter, limit: Int) -> SQL {
        .named(
            "dead.selected",
            """
            select \(unsafeRaw: planned) from rejected r
            where r.state = 'OPEN' and (\(f.reason)::text is null or r.reason = \(f.reason))
                and (\(f.topic)::text is null or r.topic = \(f.topic))
                and (not \(f.isKnown) or \(unsafeRaw: isKnown))
            order by r.topic, r.partition, r."offset" limit \(limit)
            """)
    }

    static func named(_ topics: [String], _ partitions: [Int32], _ offsets: [Int64]) -> SQL {
        .named(
            "dead.named",
            """
            select \(unsafeRaw: planned)
            from unnest(\(topics), \(partitions), \(offsets)) as u(t, p, o)
            join rejected r on r.topic = u.t and r.partition = u.p and r."offset" = u.o
            order by r.topic, r.partition, r."offset"
            """)
    }

    private static let planned = """
        \(columns), r.headers, (select max(e."offset") from rejected e
            where e.topic = r.topic and e.partition = r.partition and md5(e.key) = md5(r.key) and e.state = 'OPEN'
                and e."offset" < r."offset")
        """

    /// Locked until the end of the transaction; nobody waits for somebody who is at it.
    static func take(_ place: SourcePosition) -> SQL {
        .named(
            "dead.take",
            """
            select reason, key, value, headers from rejected
            where topic = \(place.topic) and partition = \(place.partition) and "offset" = \(place.offset)
                and state = 'OPEN'
            for update skip locked
            """)
    }

    static func settle(_ place: SourcePosition, _ state: String) -> SQL {
        .named(
            "dead.settle",
            """
            update rejected set state = \(state)
            where topic = \(place.topic) and partition = \(place.partition) and "offset" = \(place.offset)
                and state = 'OPEN'
            """)
    }
}
