public import HandoverRules
public import Postgres

/// Ends what is kept beyond its time (domain.md §11): bodies of handovers twelve months after their thread closed, and
/// whole people by the controllers' schedule where one is named. What remains of a handover is its metadata.
///
/// Runs under a role that may change messages and delete events: the owner's, not the hub's. It works in bounded
/// transactions; killed at any point, it goes on where it was.
public struct Retention {
    /// Months after a thread closed (domain.md §11).
    public static let bodyMonths = 12
    /// Messages emptied, and persons erased, in one transaction.
    static let messagesMax = 2_000
    static let personsMax = 200

    /// What is, or was, beyond its time.
    public struct Numbers: Sendable, Hashable {
        /// Handover versions and tasks whose bodies are emptied.
        public var bodies = 0
        /// Persons of whom everything goes …
        public var persons = 0
        /// … and their events.
        public var events = 0
        /// Places in recipients' feeds that are shown no more: those of emptied bodies.
        public var feedItems = 0
        /// Notes of who read what, notes of where the broker kept an event, and tokens that ended (``DoorRetention``).
        public var audits = 0
        public var ingested = 0
        public var tokens = 0
        /// Messages of closed tasks about rejected events.
        public var rejections = 0
        /// Messages of closed tasks of webhooks that were given up.
        public var webhookTasks = 0
        public init() {}
    }

    private let connection: PostgresConnection
    private let bodiesBefore: PostgresTimestamp
    private let eventsBefore: PostgresTimestamp?
    private let doors: [DoorRetention.Step]

    /// - Parameters:
    ///   - now: the time from which ages are counted.
    ///   - eventsOlderThan: days; a person all of whose events were received longer ago, none of whose spells is open
    ///     and none of whose threads is live, goes entirely. nil: nobody.
    public init(_ connection: PostgresConnection, now: Instant, eventsOlderThan days: Int?) {
        self.connection = connection
        let (year, month, day) = London.date(of: now).parts
        // A day that the month before lacks is its last one.
        let cut = (0...3).lazy.compactMap { LocalDate(year: year - 1, month: month, day: day - $0) }.first
        let date = cut ?? London.date(of: now).adding(days: -366)
        bodiesBefore = PostgresTimestamp(microseconds: London.instant(date, at: .zero).microseconds)
        doors = DoorRetention.steps(now: now, limit: Retention.messagesMax)
        eventsBefore = days.map { PostgresTimestamp(microseconds: (now - .days(Int64($0))).microseconds) }
    }

    /// What would go.
    public func preview() throws -> Numbers {
        var numbers = Numbers()
        let bodies = try connection.query(RetentionSQL.countBodies(bodiesBefore)).only()
        numbers.bodies = try bodies[0]
        numbers.feedItems = try bodies[1]
        for step in doors { step.note(try connection.query(step.count).only()[0], &numbers) }
        guard let eventsBefore else { return numbers }
        let row = try connection.query(RetentionSQL.countPersons(eventsBefore)).only()
        numbers.persons = try row[0]
        numbers.events = try row[1]
        return numbers
    }

    /// Ends it.
    ///
    /// - Parameter progress: called after each transaction with what went so far.
    public func run(progress: (Numbers) -> Void = { _ in }) throws -> Numbers {
        var numbers = Numbers()
        while true {
            let row = try connection.query(RetentionSQL.emptyBodies(bodiesBefore, limit: Self.messagesMax)).only()
            let emptied: Int = try row[0]
            guard emptied > 0 else { break }
            numbers.bodies += emptied
            numbers.feedItems += try row[1]
            progress(numbers)
        }
        for step in doors {
            while case let gone = try connection.execute(step.delete), gone > 0 {
                step.note(gone, &numbers)
                progress(numbers)
            }
        }
        guard let eventsBefore else { return numbers }
        while true {
            let persons = try connection.query(RetentionSQL.persons(eventsBefore, limit: Self.personsMax)).map {
                try $0.text(0)
            }
            guard !persons.isEmpty else { return numbers }
            numbers.events += try erase(persons, before: eventsBefore)
            numbers.persons += persons.count
            progress(numbers)
        }
    }

    /// Gives back how many events went.
    private func erase(_ persons: [String], before: PostgresTimestamp) throws -> Int {
        try connection.transaction { session in
            for statement in RetentionSQL.erase(persons) { try session.execute(statement) }
            return try session.execute(RetentionSQL.eraseEvents(persons))
        }
    }
}
