import HandoverRules
import Postgres

/// Every SQL text of alerts. Times come from the watch's clock, the lease goes by PostgreSQL's.
enum AlertSQL {
    static func claim(_ holder: String, seconds: Int) -> SQL {
        .named(
            "alert.claim",
            """
            insert into alert_watch (holder, held_until)
            values (\(holder), clock_timestamp() + make_interval(secs => \(seconds)))
            on conflict (only_row) do update set holder = excluded.holder, held_until = excluded.held_until
            where alert_watch.holder = excluded.holder or alert_watch.held_until < clock_timestamp()
            """)
    }

    static func release(_ holder: String) -> SQL {
        .named("alert.release", "update alert_watch set held_until = '-infinity' where holder = \(holder)")
    }

    static let looked: SQL = .named("alert.looked", "select looked_at from alert_watch")

    static func note(lookedAt: PostgresTimestamp, holder: String) -> SQL {
        .named("alert.note", "update alert_watch set looked_at = \(lookedAt) where holder = \(holder)")
    }

    static func standings(limit: Int) -> SQL {
        .named(
            "alert.standings",
            """
            select rule, cause, is_open, since, opened_at, cleared_at, figure from alert_state
            order by is_open desc, rule, cause limit \(limit)
            """)
    }

    static func keep(_ cause: AlertCause, _ standing: AlertStanding) -> SQL {
        .named(
            "alert.keepStanding",
            """
            insert into alert_state (rule, cause, is_open, since, opened_at, cleared_at, figure)
            values (\(cause.rule), \(cause.text), \(standing.isOpen), \(standing.since?.stamped),
                \(standing.openedAt?.stamped), \(standing.clearedAt?.stamped), \(standing.value))
            on conflict (rule, cause) do update set is_open = excluded.is_open, since = excluded.since,
                opened_at = excluded.opened_at, cleared_at = excluded.cleared_at, figure = excluded.figure
            """)
    }

    static func drop(_ cause: AlertCause) -> SQL {
        .named(
            "alert.dropStanding", "delete from alert_state where rule = \(cause.rule) and cause = \(cause.text)")
    }

    static func waiting(limit: Int) -> SQL {
        .named(
            "alert.waiting",
            """
            select door, rule, cause, is_open, at, opened_at, figure, attempts, next_attempt_at
            from alert_notice where state = 'WAITING' order by at, id limit \(limit)
            """)
    }

    static func keep(_ notice: AlertNotice, now: PostgresTimestamp) -> SQL {
        let ended: PostgresTimestamp? = notice.state == .waiting ? nil : now
        return .named(
            "alert.keepNotice",
            """
            insert into alert_notice (id, door, rule, cause, is_open, at, opened_at, figure, state, attempts,
                next_attempt_at, last_outcome, ended_at)
            values (\(notice.id), \(notice.door.rawValue), \(notice.rule.name), \(notice.cause.text),
                \(notice.isOpen), \(notice.at.stamped), \(notice.openedAt.stamped), \(notice.value),
                \(notice.state.rawValue), \(Int32(clamping: notice.attempts)), \(notice.nextAt.stamped),
                \(notice.outcome), \(ended))
            on conflict (id, door) do update set state = excluded.state, attempts = excluded.attempts,
                next_attempt_at = excluded.next_attempt_at, last_outcome = excluded.last_outcome,
                ended_at = excluded.ended_at
            where alert_notice.state = 'WAITING'
            """)
    }

    static func tidyNotices(days: Int) -> SQL {
        .named(
            "alert.tidyNotices",
            """
            delete from alert_notice where state <> 'WAITING'
                and ended_at < clock_timestamp() - make_interval(days => (\(days))::int)
            """)
    }

    static func tidyStandings(days: Int) -> SQL {
        .named(
            "alert.tidyStandings",
            """
            delete from alert_state where not is_open and since is null
                and coalesce(cleared_at, '-infinity') < clock_timestamp() - make_interval(days => (\(days))::int)
            """)
    }
}

extension Instant {
    fileprivate var stamped: PostgresTimestamp { PostgresTimestamp(microseconds: microseconds) }
}
