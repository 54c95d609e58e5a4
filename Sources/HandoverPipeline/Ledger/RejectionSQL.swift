import FoundationEssentials
import Postgres

// SQL of the tasks EVENT_REJECTED.
extension LedgerSQL {
    private static let rejections = """
        select r.task_id, r.version, r.prison, r.event_id, r.closes, r.held, r.source_topic, r.source_partition,
            r.source_offset, r.topic, r.headers, r.body, r.reason, r.detail, p.source_topic, p.source_partition,
            p.source_offset
        from rejection_message r
            left join rejection_message p on p.task_id = r.task_id and p.version = r.version - 1
        """

    /// Whether any is open: what is taken is looked up only then.
    static let openRejections: SQL = .named(
        "rejection.any", "select exists (select from rejection_message where is_current and not closes)")

    /// What stands of these tasks, and of those that are open about these events.
    static func rejections(_ tasks: [UUID], events: [UUID]) -> SQL {
        .named(
            "rejection.find",
            """
            \(unsafeRaw: rejections) where r.task_id = any(\(tasks)) and r.is_current
            union
            \(unsafeRaw: rejections) where r.event_id = any(\(events)) and r.is_current and not r.closes
            """)
    }

    /// What records at these positions caused before.
    static func rejections(causedAt topics: [String], _ partitions: [Int32], _ offsets: [Int64]) -> SQL {
        .named(
            "rejection.caused",
            """
            \(unsafeRaw: rejections)
            where (r.source_topic, r.source_partition, r.source_offset) in
                (select * from unnest(\(topics), \(partitions), \(offsets))) and not r.held
            order by r.task_id, r.version
            """)
    }

    /// Those held back because their prison's topic could not be written go out with this record; asked for before
    /// ``rejections(causedAt:_:_:)``.
    static func releaseRejections(_ prisons: [String], topic: String, partition: Int32, offset: Int64) -> SQL {
        .named(
            "rejection.release",
            """
            with released as (
                update rejection_message set held = false, source_topic = \(topic), source_partition = \(partition),
                    source_offset = \(offset)
                where held and prison = any(\(prisons)) returning task_id, version)
            select task_id, version from released
            """)
    }

    static func holdRejections(_ tasks: [UUID], from versions: [Int32]) -> SQL {
        .named(
            "rejection.hold",
            """
            update rejection_message r set held = true
            from unnest(\(tasks), \(versions)) as u(t, v) where r.task_id = u.t and r.version >= u.v
            """)
    }

    /// Tasks among these streams that are about nobody: of rejected events and of webhooks given up.
    static func tasksBeside(_ streams: [UUID]) -> SQL {
        .named(
            "task.addressee", "select task_id from task_beside where task_id = any(\(streams)) and is_current")
    }

    static func replaceRejections(_ tasks: [UUID]) -> SQL {
        .named(
            "rejection.replace",
            "update rejection_message set is_current = false where task_id = any(\(tasks)) and is_current")
    }

    /// A version that another instance wrote meanwhile collides on the key, and the batch begins again.
    static func insertRejections(_ r: RejectionColumns) -> SQL {
        .named(
            "rejection.insert",
            """
            insert into rejection_message (task_id, version, prison, event_id, closes, is_current, source_topic,
                source_partition, source_offset, topic, headers, body, reason, detail, sent_at, held)
            select * from unnest(\(r.tasks), \(r.versions), \(r.prisons), \(r.events), \(r.closes), \(r.current),
                \(r.sourceTopics), \(r.sourcePartitions), \(r.sourceOffsets), \(r.topics), \(r.headers), \(r.bodies),
                \(r.reasons), \(r.details), \(r.sentAt), \(r.held))
            """)
    }
}

/// What is written of such tasks.
struct RejectionColumns {
    var tasks: [UUID] = []
    var versions: [Int32] = []
    var prisons: [String] = []
    var events: [UUID?] = []
    var closes: [Bool] = []
    var current: [Bool] = []
    var sourceTopics: [String] = []
    var sourcePartitions: [Int32] = []
    var sourceOffsets: [Int64] = []
    var topics: [String] = []
    var headers: [[UInt8]] = []
    var bodies: [[UInt8]] = []
    var reasons: [String] = []
    var details: [String] = []
    var sentAt: [PostgresTimestamp] = []
    var held: [Bool] = []
}
