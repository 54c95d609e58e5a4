import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Operations
import Postgres
import Testing

@Suite("PostgreSQL: dead letters")
struct DeadLetterTests {
    private let now = Instant(milliseconds: 1_780_000_000_000)

    private func open(_ body: (RiskRows) throws -> Void) throws {
        try body(RiskRows(connection: TestDatabase.fresh().0, now: now))
    }

    private func place(_ offset: Int64, _ topic: String = "prison.kit-events") -> SourcePosition {
        SourcePosition(topic: topic, partition: 0, offset: offset)
    }

    @Test func theyAreGroupedFilteredAndPaged() throws {
        try open { rows in
            try rows.release("Z0001AA", .days(3))
            for offset in 0..<5 { try rows.rejected(Int64(offset), key: "Z0001AA") }
            for offset in 5..<7 { try rows.rejected(Int64(offset), key: "Z9999ZZ", reason: "UNKNOWN_CODE") }
            try rows.rejected(7, key: "Z0001AA", state: "DISCARDED")
            let groups = try DeadLetters.groups(on: rows.connection)
            #expect(groups.map(\.count) == [5, 2] && groups.map(\.known) == [5, 0])
            #expect(groups.map(\.reason) == ["FIELD_INVALID", "UNKNOWN_CODE"])
            func count(_ filter: DeadLetterFilter) throws -> Int {
                try DeadLetters.list(filter, on: rows.connection, limit: 100).count
            }
            #expect(try count(DeadLetterFilter()) == 7)
            #expect(try count(DeadLetterFilter(state: nil)) == 8)
            #expect(try count(DeadLetterFilter(reason: "UNKNOWN_CODE")) == 2)
            #expect(try count(DeadLetterFilter(topic: "other")) == 0)
            #expect(try count(DeadLetterFilter(isKnown: true)) == 5)
            var seen: [SourcePosition] = []
            var last: LedgerView.Rejected?
            while true {
                let page = try DeadLetters.list(DeadLetterFilter(), on: rows.connection, after: last, limit: 3)
                seen += page.map(\.place)
                guard let end = page.last else { break }
                last = end
            }
            #expect(seen.count == 7 && Set(seen).count == 7)
        }
    }

    @Test func theContentIsShownForAReasonThatTheAuditKeeps() throws {
        try open { rows in
            try rows.rejected(1, key: "Z0001AA", value: #"{"secret":"CANARY"}"#)
            let content = try DeadLetters.body(
                of: place(1), by: "token:abc", because: "call 17", on: rows.connection)
            #expect(content?.value == Array(#"{"secret":"CANARY"}"#.utf8))
            let entry = try #require(AuditBook.list(on: rows.connection, limit: 9).first)
            #expect(entry.action == "BODY_VIEW" && entry.actor == "token:abc" && entry.object == "\(place(1))")
            #expect(entry.details == ["because": "call 17"])
            #expect(try DeadLetters.body(of: place(2), by: "t", because: "x", on: rows.connection) == nil)
            #expect(try AuditBook.list(on: rows.connection, limit: 9).count == 1)
        }
    }

    @Test func whereTheAuditCannotBeWrittenNothingIsShownAndNothingIsDone() throws {
        try open { rows in
            try rows.rejected(1, key: "Z0001AA")
            try rows.connection.execute("alter table audit_entry add check (actor <> 'token:abc')")
            #expect(throws: PostgresError.self) {
                _ = try DeadLetters.body(of: place(1), by: "token:abc", because: "x", on: rows.connection)
            }
            #expect(throws: PostgresError.self) {
                _ = try DeadLetters.discard(place(1), by: "token:abc", because: "x", on: rows.connection)
            }
            #expect(try DeadLetters.find(place(1), on: rows.connection)?.state == "OPEN")
        }
    }

    @Test func whatIsDiscardedIsDoneWithOnceAndStays() throws {
        try open { rows in
            try rows.rejected(1, key: "Z0001AA")
            #expect(try DeadLetters.discard(place(1), by: "user:a", because: "test data", on: rows.connection))
            #expect(try !DeadLetters.discard(place(1), by: "user:a", because: "test data", on: rows.connection))
            #expect(try DeadLetters.find(place(1), on: rows.connection)?.state == "DISCARDED")
            #expect(try AuditBook.list(on: rows.connection, action: .discard, limit: 9).count == 1)
        }
    }

    @Test func aPlanKeepsTheOrderOfKeysAndGuardsAgainstLoops() throws {
        try open { rows in
            func times(_ count: Int) -> [UInt8] { HeaderBytes.encode([KafkaHeader(Redrive.header, "\(count)")]) }
            try rows.rejected(1, key: "Z0001AA", reason: "UNKNOWN_CODE")
            try rows.rejected(2, key: "Z0002AA", headers: times(2))
            try rows.rejected(3, key: "Z0001AA")
            try rows.rejected(4, key: "Z0003AA", headers: times(3))
            try rows.rejected(5, key: "Z0003AA")
            try rows.rejected(6, key: "Z0004AA", state: "REDRIVEN")
            let some = try Redrive(DeadLetterFilter(reason: "FIELD_INVALID"), limit: 100, on: rows.connection)
            #expect(some.items.map(\.record.offset) == [2, 3, 4, 5])
            #expect(some.items.map(\.verdict) == [.ready, .behind(place(1)), .tooOften, .behind(place(4))])
            let all = try Redrive([5, 3, 2, 1, 6, 9].map { place($0) }, on: rows.connection)
            #expect(all.items.map(\.record.offset) == [1, 2, 3, 5, 6] && all.unknown == [place(9)])
            #expect(all.items.map(\.verdict) == [.ready, .ready, .ready, .behind(place(4)), .settled])
            #expect(all.ready.map(\.redrives) == [0, 2, 0])
        }
    }

    @Test func aPlaceIsReadAsItIsWritten() {
        let place = SourcePosition(topic: "x.prison.kit-events", partition: 3, offset: 1042)
        #expect(SourcePosition("\(place)") == place)
        for text in ["", "a/b/c", "a/1", "a/-1/2", "/1/2", "a/1/2/3"] { #expect(SourcePosition(text) == nil) }
    }
}
