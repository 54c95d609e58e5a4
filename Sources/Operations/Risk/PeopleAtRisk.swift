public import FoundationEssentials
public import HandoverRules
public import Postgres

/// Who is at risk now, counted: no person in it.
///
/// Outcomes and rejections are as the recorder left them; acknowledgements and kits come from the record tables, which
/// follow within seconds. Only reads.
public struct PeopleAtRisk: Sendable, Hashable {
    public struct Count: Sendable, Hashable {
        public var kind: RiskKind
        public var priority: Priority
        public var people: Int
        /// Of them, those whose own clock has run out.
        public var overdue: Int
        /// Since when the one at risk for longest is.
        public var oldest: Instant
    }

    /// By kind and priority, kinds in their order, the most urgent first; what has nobody is left out.
    public var counts: [Count]
    /// Each person once, under the most urgent priority: the metric `throughgate_people_at_risk{priority}`. All four
    /// are there.
    public var byPriority: [Priority: Int]
    /// The time that ages are counted from.
    public var at: Instant

    public init(counts: [Count], byPriority: [Priority: Int], at: Instant) {
        self.counts = counts
        self.byPriority = byPriority
        self.at = at
    }

    public var total: Int { byPriority.values.reduce(0, +) }

    /// Those of one kind, all priorities together; nil where there is nobody.
    public func sum(of kind: RiskKind) -> (people: Int, overdue: Int, oldest: Instant)? {
        let own = counts.filter { $0.kind == kind }
        guard let oldest = own.map(\.oldest).min() else { return nil }
        return (own.reduce(0) { $0 + $1.people }, own.reduce(0) { $0 + $1.overdue }, oldest)
    }

    /// Counts everybody at risk at the time.
    public static func count(on connection: PostgresConnection, now: Instant) throws -> PeopleAtRisk {
        var found = PeopleAtRisk(
            counts: [], byPriority: Dictionary(uniqueKeysWithValues: Priority.allCases.map { ($0, 0) }), at: now)
        // Compiling the plan would take longer than running it.
        try connection.execute("set jit = off")
        for row in try connection.query(RiskSQL.counts(now.timestamp)) {
            guard let priority = Priority(rawValue: Int(try row[1] as Int16)) else { continue }
            let people: Int64 = try row[2], overdue: Int64 = try row[3]
            guard let kind = RiskKind(rawValue: try row.text(0)) else {
                found.byPriority[priority] = Int(people)
                continue
            }
            let oldest: PostgresTimestamp = try row[4]
            found.counts.append(
                Count(
                    kind: kind, priority: priority, people: Int(people), overdue: Int(overdue),
                    oldest: Instant(microseconds: oldest.microseconds)))
        }
        let order = RiskKind.allCases
        found.counts.sort {
            (order.firstIndex(of: $0.kind) ?? 0, $0.priority.rawValue)
                < (order.firstIndex(of: $1.kind) ?? 0, $1.priority.rawValue)
        }
        return found
    }
}

/// One person at risk for one reason: for those with the right to see people.
public struct PersonAtRisk: Sendable, Hashable {
    public var kind: RiskKind
    public var priority: Priority
    /// The number under which the person is kept.
    public var person: String
    /// Released, sent, noticed or first seen: what its age counts from.
    public var since: Instant
    /// When it should be over; nil where no clock runs.
    public var dueAt: Instant?
    /// A code: of an outcome, of a thread's state, of kitAtRelease, of a rejection, or HELD.
    public var reason: String
    public var spell: UUID?
    public var handover: UUID?
    public var prison: String?
    public var recipient: String?
    /// Names it within its kind: spell and scope, handover, or the place of a rejected record.
    public var item: String

    /// Where a page ended; the next begins after it.
    public struct Cursor: Sendable, Hashable {
        public var since: Instant
        public var item: String
        public init(since: Instant, item: String) {
            self.since = since
            self.item = item
        }
        public static let start = Cursor(since: .distantPast, item: "")
    }

    public var cursor: Cursor { Cursor(since: since, item: item) }

    /// Those of one kind, at risk for longest first.
    public static func list(
        _ kind: RiskKind, on connection: PostgresConnection, now: Instant, after cursor: Cursor = .start, limit: Int
    ) throws -> [PersonAtRisk] {
        try connection.query(
            RiskSQL.list(kind, now.timestamp, after: cursor.since.timestamp, cursor.item, limit: limit)
        ).map { row in
            let since: PostgresTimestamp = try row[3], due: PostgresTimestamp? = try row[4]
            return PersonAtRisk(
                kind: kind, priority: Priority(rawValue: Int(try row[1] as Int16)) ?? .p1, person: try row[2],
                since: Instant(microseconds: since.microseconds),
                dueAt: due.map { Instant(microseconds: $0.microseconds) }, reason: try row[5], spell: try row[6],
                handover: try row[7], prison: try row[8], recipient: try row[9], item: try row[10])
        }
    }
}
