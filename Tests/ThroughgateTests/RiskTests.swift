import Foundation
import HandoverPipeline
import HandoverRules
import Operations
import Postgres
import Testing

@Suite("PostgreSQL: people at risk")
struct RiskTests {
    private let now = Instant(milliseconds: 1_780_000_000_000)

    private func open(_ body: (RiskRows) throws -> Void) throws {
        try body(RiskRows(connection: TestDatabase.fresh().0, now: now))
    }

    private func people(_ kind: RiskKind, _ rows: RiskRows) throws -> [PersonAtRisk] {
        try PersonAtRisk.list(kind, on: rows.connection, now: now, limit: 100)
    }

    @Test func somebodyReleasedWhomNobodyWasToldOfIsAtRiskOnceTheHoldHasEnded() throws {
        try open { rows in
            let stuck = try rows.release("Z0001AA", .hours(5), kit: "YES")
            try rows.outcome(stuck, "Z0001AA", "HUMAN_QUEUE", "AREA_UNKNOWN")
            let held = try rows.release("Z0002AA", .minutes(5), kit: "YES")
            try rows.outcome(held, "Z0002AA", "QUEUED", "RELEASE_HOLD")
            let late = try rows.release("Z0003AA", .hours(1), kit: "NO", exclusion: "CHILD")
            try rows.outcome(late, "Z0003AA", "QUEUED", "RELEASE_HOLD")
            let sent = try rows.release("Z0004AA", .hours(5), kit: "YES")
            try rows.outcome(sent, "Z0004AA", "SENT", "")
            let found = try people(.noHandover, rows)
            #expect(found.map(\.person) == ["Z0001AA", "Z0003AA"])
            #expect(found.map(\.priority) == [.p2, .p1], "doubt about the kit counts as none")
            #expect(found.first?.since == now - .hours(5) && found.first?.reason == "AREA_UNKNOWN")
            let count = try PeopleAtRisk.count(on: rows.connection, now: now)
            #expect(count.sum(of: .noHandover)?.people == 2)
            #expect(count.sum(of: .noHandover)?.oldest == now - .hours(5))
        }
    }

    @Test func anUrgentHandoverIsAgedAgainstItsOwnClockUntilSomebodyAcceptsIt() throws {
        try open { rows in
            for (index, sent) in [Span.hours(5), .hours(3)].enumerated() {
                try rows.urgent(rows.release("Z000\(index)BB", sent, kit: "YES"), sent: sent, clock: .hours(4))
            }
            try rows.urgent(
                rows.release("Z0009BB", .hours(9), kit: "YES"), sent: .hours(9), clock: .hours(4), acked: true)
            let count = try PeopleAtRisk.count(on: rows.connection, now: now)
            let urgent = try #require(count.sum(of: .urgentUnacknowledged))
            #expect(urgent.people == 2 && urgent.overdue == 1 && urgent.oldest == now - .hours(5))
            #expect(try people(.urgentUnacknowledged, rows).map(\.dueAt) == [now - .hours(1), now + .hours(1)])
            // An hour later the other one is overdue too: age comes from the time asked for, not from the row.
            let later = try PeopleAtRisk.count(on: rows.connection, now: now + .hours(2))
            #expect(later.sum(of: .urgentUnacknowledged)?.overdue == 2)
        }
    }

    @Test func nobodyCoversTheArea() throws {
        try open { rows in
            let released = try rows.release("Z0001CC", .hours(2), kit: "NO")
            try rows.outcome(released, "Z0001CC", "HUMAN_QUEUE", "NO_PROVIDER")
            try rows.outcome(UUID(), "Z0002CC", "HUMAN_QUEUE", "NO_PROVIDER", released: false)
            #expect(try people(.noProvider, rows).map(\.priority) == [.p1, .p4])
            #expect(try people(.noHandover, rows).isEmpty, "one cause has one place")
        }
    }

    @Test func aKitThatNobodyConfirmedIsARiskUntilSomebodySeesOne() throws {
        try open { rows in
            let seen = try rows.release("Z0001DD", .days(3), kit: "NO")
            try rows.seen(rows.urgent(seen, sent: .days(3), clock: .hours(4), acked: true), kit: "FIRST_SUPPLY")
            let unseen = try rows.release("Z0002DD", .days(3), kit: "UNCONFIRMED")
            try rows.seen(rows.urgent(unseen, sent: .days(3), clock: .hours(4), acked: true), kit: "NO")
            try rows.release("Z0003DD", .days(20), kit: "NO")
            try rows.release("Z0004DD", .days(85), kit: "NO")
            try rows.release("Z0005DD", .days(3), kit: "NO", exclusion: "NOT_ELIGIBLE")
            try rows.release("Z0006DD", .days(3), kit: "YES")
            let found = try people(.kitUnconfirmed, rows)
            #expect(found.map(\.person) == ["Z0003DD", "Z0002DD"])
            #expect(found.map(\.priority) == [.p3, .p2])
        }
    }

    @Test func aRejectedRecordOfSomebodyKnownIsARiskAndOfAStrangerIsNone() throws {
        try open { rows in
            let spell = try rows.release("Z0001EE", .days(3), kit: "YES")
            let handover = try rows.urgent(spell, sent: .days(3), clock: .hours(4), acked: true)
            try rows.connection.execute(
                "insert into person_state (noms, changes, snapshot, merged_into) values ('Z0002EE', 1, '', 'Z0001EE')")
            try rows.rejected(1, key: "Z0001EE")
            try rows.rejected(2, key: "Z0002EE", topic: "x.prison.release-notifications")
            try rows.rejected(3, key: "Z7777EE")
            try rows.rejected(4, key: nil)
            try rows.rejected(5, key: "\u{0}\\x\u{1F}9")
            try rows.rejected(6, key: handover.uuidString.lowercased(), topic: "community.responses")
            try rows.rejected(7, key: "Z0001EE", state: "DISCARDED")
            try rows.rejected(8, key: "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz", topic: "community.responses")
            let found = try people(.rejectedEvent, rows)
            #expect(
                Set(found.map(\.item)) == [
                    "prison.kit-events/0/1", "x.prison.release-notifications/0/2", "community.responses/0/6",
                ])
            #expect(Set(found.map(\.person)) == ["Z0001EE"], "a merged number is shown under the one that is kept")
            let count = try PeopleAtRisk.count(on: rows.connection, now: now)
            #expect(count.sum(of: .rejectedEvent)?.people == 2, "once for each priority")
            #expect(count.byPriority == [.p1: 1, .p2: 0, .p3: 0, .p4: 0], "one person is one person")
        }
    }

    @Test func pagesMeetEverybodyOnce() throws {
        try open { rows in
            for index in 0..<7 { try rows.release("Z00\(10 + index)FF", .days(3), kit: "NO") }
            var cursor = PersonAtRisk.Cursor.start
            var seen: [String] = []
            while true {
                let page = try PersonAtRisk.list(
                    .kitUnconfirmed, on: rows.connection, now: now, after: cursor, limit: 3)
                guard let last = page.last else { break }
                seen += page.map(\.person)
                cursor = last.cursor
            }
            #expect(seen.count == 7 && Set(seen).count == 7)
        }
    }

    @Test func withNobodyAtRiskEveryPriorityIsZero() throws {
        try open { rows in
            let count = try PeopleAtRisk.count(on: rows.connection, now: now)
            #expect(count.counts.isEmpty && count.total == 0 && count.byPriority.count == 4)
        }
    }

    @Test func everyKindHasATitleAndARemedy() {
        for kind in RiskKind.allCases { #expect(!kind.title.isEmpty && kind.remedy.count > 40) }
    }
}
