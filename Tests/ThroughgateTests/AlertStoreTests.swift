import Foundation
import HandoverRules
import Operations
import Postgres
import Testing

@Suite("PostgreSQL: alerts over restarts")
struct AlertStoreTests {
    private let start = Instant(milliseconds: 1_780_000_000_000)
    private let family = AlertBookTests.family("throughgate_webhook_dead_letters", [([], 2)])

    @Test func aBookThatWasKeptOpensNothingAnewAndItsNoticeIsStillToBeTold() throws {
        let (connection, _) = try TestDatabase.fresh()
        #expect(try AlertStore.claim("a", on: connection))
        var book = AlertBook(), notices: [AlertNotice] = []
        for minute in 0...5 {
            notices += book.look([family], now: start + .minutes(Int64(minute))).map { AlertNotice($0, door: .webhook) }
        }
        #expect(notices.map(\.isOpen) == [true])
        let standings = book.standings.mapValues(Optional.some)
        try AlertStore.keep(standings, notices, lookedAt: start + .minutes(5), holder: "a", on: connection)

        let (kept, lookedAt) = try AlertStore.standings(on: connection)
        #expect(kept == book.standings && lookedAt == start + .minutes(5))
        #expect(try AlertStore.waiting(on: connection) == notices)
        var next = AlertBook()
        next.restore(kept, lookedAt: lookedAt)
        #expect(next.look([family], now: start + .minutes(6)).isEmpty && next.open.count == 1)

        notices[0].tried("503", isTaken: false, now: start + .minutes(6))
        try AlertStore.keep([:], notices, lookedAt: start + .minutes(6), holder: "a", on: connection)
        #expect(try AlertStore.waiting(on: connection).map(\.attempts) == [1])
        notices[0].tried("200", isTaken: true, now: start + .minutes(7))
        try AlertStore.keep([:], notices, lookedAt: start + .minutes(7), holder: "a", on: connection)
        #expect(try AlertStore.waiting(on: connection).isEmpty)
        // What was told is not told again by a hub that knows less.
        notices[0].state = .waiting
        try AlertStore.keep([:], notices, lookedAt: start + .minutes(7), holder: "a", on: connection)
        #expect(try AlertStore.waiting(on: connection).isEmpty)
        try AlertStore.tidy(on: connection)
    }

    @Test func oneHubHasTheLeaseUntilItGivesItBackOrItEnds() throws {
        let (connection, _) = try TestDatabase.fresh()
        #expect(try AlertStore.claim("a", on: connection))
        #expect(try !AlertStore.claim("b", on: connection))
        #expect(try AlertStore.claim("a", on: connection))
        try AlertStore.release("b", on: connection)
        #expect(try !AlertStore.claim("b", on: connection))
        try AlertStore.release("a", on: connection)
        #expect(try AlertStore.claim("b", on: connection))
        try connection.execute("update alert_watch set held_until = clock_timestamp() - interval '1 second'")
        #expect(try AlertStore.claim("a", on: connection))
    }

    @Test func rejectionsAreComparedWithTheHourBeforeAndTheDay() throws {
        let (connection, _) = try TestDatabase.fresh()
        func reject(_ reason: String, _ count: Int, minutesAgo: Int) throws {
            try connection.execute(
                """
                insert into rejected (topic, partition, "offset", reason, detail, headers, record_time, first_seen)
                select \(reason) || \(Int64(minutesAgo)), 0, n, \(reason), 'd', ''::bytea, now(),
                    now() - make_interval(mins => (\(Int64(minutesAgo)))::int)
                from generate_series(1, (\(Int64(count)))::int) n
                """)
        }
        try reject("MALFORMED", 40, minutesAgo: 5)
        try reject("MALFORMED", 10, minutesAgo: 65)
        try reject("POISON", 2, minutesAgo: 30)
        try reject("TOO_LARGE", 3, minutesAgo: 600)
        let figures = try RejectionFigures.read(on: connection)
        #expect(abs(figures.oldestSeconds - 36_000) < 60)
        #expect(
            figures.reasons == [
                .init(reason: "MALFORMED", surge: 10, lastHour: 40, isNew: false),
                .init(reason: "POISON", surge: 0, lastHour: 2, isNew: true),
                .init(reason: "TOO_LARGE", surge: 0, lastHour: 0, isNew: false),
            ])
    }
}
