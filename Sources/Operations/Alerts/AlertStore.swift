public import HandoverRules
public import Postgres

/// Alerts in the ledger. One hub at a time judges and delivers: whoever holds the lease.
public enum AlertStore {
    /// Where every cause stood, and when somebody last looked; nil: nobody did.
    public typealias Past = (standings: [AlertCause: AlertStanding], lookedAt: Instant?)

    /// Takes or renews the lease; false while another hub holds it.
    public static func claim(_ holder: String, on connection: PostgresConnection) throws -> Bool {
        try connection.execute(AlertSQL.claim(holder, seconds: AlertLimits.leaseSeconds)) == 1
    }

    /// Gives the lease back, so that another hub need not wait for its end.
    public static func release(_ holder: String, on connection: PostgresConnection) throws {
        try connection.execute(AlertSQL.release(holder))
    }

    /// Where every cause stands, and when somebody last looked.
    public static func standings(on connection: PostgresConnection) throws -> Past {
        var standings: [AlertCause: AlertStanding] = [:]
        for row in try connection.query(AlertSQL.standings(limit: 2 * AlertLimits.causesMax)) {
            guard let cause = AlertCause(rule: try row[0], text: try row[1]) else { continue }
            var standing = AlertStanding()
            standing.isOpen = try row[2]
            standing.since = try instant(row[3])
            standing.openedAt = try instant(row[4])
            standing.clearedAt = try instant(row[5])
            standing.value = try row[6]
            standings[cause] = standing
        }
        let looked = try connection.query(AlertSQL.looked).first.flatMap { try instant($0[0]) }
        return (standings, looked)
    }

    /// What waits to be told, oldest first. What a rule that is no more said is left out.
    public static func waiting(on connection: PostgresConnection) throws -> [AlertNotice] {
        let rules = Dictionary(uniqueKeysWithValues: AlertRule.all.map { ($0.name, $0) })
        return try connection.query(AlertSQL.waiting(limit: AlertLimits.noticesMax)).compactMap { row in
            let name: String = try row[1]
            guard let door = AlertNotice.Door(rawValue: try row[0]), let rule = rules[name],
                let cause = AlertCause(rule: name, text: try row[2]), let at = try instant(row[4]),
                let openedAt = try instant(row[5]), let nextAt = try instant(row[8])
            else { return nil }
            var notice = AlertNotice(
                AlertBook.Change(
                    rule: rule, cause: cause, isOpen: try row[3], at: at, openedAt: openedAt, value: try row[6]),
                door: door)
            notice.attempts = Int(try row[7] as Int32)
            notice.nextAt = nextAt
            return notice
        }
    }

    /// Keeps what changed, all or nothing: after it, a restart neither opens anew nor forgets.
    public static func keep(
        _ standings: [AlertCause: AlertStanding?], _ notices: [AlertNotice], lookedAt: Instant, holder: String,
        on connection: PostgresConnection
    ) throws {
        do {
            try connection.transaction { session in
                try session.execute(AlertSQL.note(lookedAt: stamp(lookedAt), holder: holder))
                for (cause, standing) in standings {
                    if let standing {
                        try session.execute(AlertSQL.keep(cause, standing))
                    } else {
                        try session.execute(AlertSQL.drop(cause))
                    }
                }
                for notice in notices { try session.execute(AlertSQL.keep(notice, now: stamp(lookedAt))) }
            }
        } catch {
            throw error.postgres ?? error.cause
        }
    }

    /// Ends the keeping of what is long past.
    public static func tidy(on connection: PostgresConnection) throws {
        try connection.execute(AlertSQL.tidyNotices(days: AlertLimits.keptDays))
        try connection.execute(AlertSQL.tidyStandings(days: AlertLimits.keptDays))
    }

    private static func instant(_ value: PostgresTimestamp?) throws -> Instant? {
        value.map { Instant(microseconds: $0.microseconds) }
    }

    private static func stamp(_ at: Instant) -> PostgresTimestamp { PostgresTimestamp(microseconds: at.microseconds) }
}
