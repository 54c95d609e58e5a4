public import HandoverRules
public import Postgres

/// What one recipient has not fetched yet, by its door.
public struct RecipientLag: Sendable, Hashable {
    public enum Door: String, Sendable { case feed, webhook, kafka }

    public var recipient: String
    public var door: Door
    /// Versions of handovers that wait, at most ``countedMax``.
    public var handovers: Int
    /// People they are about.
    public var people: Int
    /// When the oldest of them was said; nil: nothing waits.
    public var oldest: Instant?
    /// When the recipient last fetched something new; nil: never.
    public var fetchedAt: Instant?

    /// False: the cluster does not say; the counts mean nothing then.
    public var isKnown = true

    /// Handovers of one recipient that are counted: beyond it the number says "many".
    public static let countedMax = 1_000

    public init(
        recipient: String, door: Door, handovers: Int, people: Int, oldest: Instant?, fetchedAt: Instant? = nil
    ) {
        self.recipient = recipient
        self.door = door
        self.handovers = handovers
        self.people = people
        self.oldest = oldest
        self.fetchedAt = fetchedAt
    }

    public func minutes(at now: Instant) -> Int? { oldest.map { max(0, Int((now - $0).seconds / 60)) } }

    /// Recipients that read over HTTP: whoever has fetched before, or has a valid token and no webhook. Longest waiting
    /// first.
    public static func feeds(on connection: PostgresConnection) throws -> [RecipientLag] {
        let rows = try connection.query(
            .named(
                "lag.recipients",
                """
                with reader as (
                    select recipient_id from door_cursor
                    union
                    select names[1] from token where kind = 'RECIPIENT' and revoked_at is null
                        and (expires_at is null or expires_at > now())
                        and not exists (select from provider p
                            where p.provider_id = names[1] and p.webhook_url is not null))
                select r.recipient_id, w.handovers, w.people, w.oldest, c.fetched_at
                from reader r left join door_cursor c using (recipient_id)
                cross join lateral (
                    select count(*) as handovers, count(distinct x.subject) as people, min(x.sent_at) as oldest
                    from (
                        select m.subject, m.sent_at from door_item d join message m using (seq)
                        where d.recipient_id = r.recipient_id and d.position > coalesce(c.fetched_through, 0)
                        order by d.position limit \(countedMax)) x) w
                order by w.oldest nulls last, r.recipient_id
                """))
        return try rows.map { try RecipientLag($0, door: .feed) }
    }

    /// Of a row: recipient, handovers, people, oldest, last fetched.
    init(_ row: PostgresRow, door: Door) throws {
        let oldest: PostgresTimestamp? = try row[3]
        let fetched: PostgresTimestamp? = try row[4]
        self.init(
            recipient: try row[0], door: door, handovers: try row[1], people: try row[2],
            oldest: oldest.map { Instant(microseconds: $0.microseconds) },
            fetchedAt: fetched.map { Instant(microseconds: $0.microseconds) })
    }
}
