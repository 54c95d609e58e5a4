import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

extension Story {
    mutating func merge(_ removed: String?, into surviving: String, at: String) {
        var merged = IdentityMerged()
        merged.surviving = NomsNumber(unchecked: surviving)
        merged.removed = removed.map { NomsNumber(unchecked: $0) }
        add(.identityMerged(merged), at: at)
    }

    mutating func move(booking: Int64, from: String, to: String, at: String) {
        var moved = BookingMoved()
        moved.booking = BookingID(unchecked: booking)
        moved.from = NomsNumber(unchecked: from)
        moved.to = NomsNumber(unchecked: to)
        add(.bookingMoved(moved), at: at)
    }

    mutating func returned(_ kit: String, at: String) {
        var returned = KitReturned()
        returned.kit = Label(unchecked: kit)
        returned.reason = .other
        returned.toStock = true
        add(.kitReturned(returned), at: at)
    }

    mutating func refused(_ scope: ConsentScope, at: String) {
        var consent = ConsentRecorded()
        consent.scope = scope
        consent.state = .refused
        add(.consentRecorded(consent), at: at)
    }
}

extension TestHub {
    func body(_ record: KafkaRecord) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(record.value ?? [])) as? [String: Any])
    }

    /// Bodies on a topic in order.
    func bodies(_ topic: String) throws -> [[String: Any]] { try read(topic).map { try body($0) } }

    /// The state kept under a number, as the ledger has it.
    func state(_ noms: String) throws -> PersonState? {
        let rows = try query("select snapshot from person_state where noms = \(noms) and merged_into is null")
        guard let row = Array(rows).first else { return nil }
        return PersonSnapshot.decode(try row[0])
    }

    func quality(_ code: String) throws -> Int {
        Int(try query("select count(*)::int8 from data_quality where code = \(code)").only()[0] as Int64)
    }

    func keptUnder() throws -> [String: String] {
        var kept: [String: String] = [:]
        for row in try query("select noms, merged_into from person_state where merged_into is not null") {
            kept[try row[0]] = try row[1]
        }
        return kept
    }

    /// Preview and run of a replay: nothing to be said, nothing different.
    func replayChangesNothing() throws {
        let connection = try PostgresConnection(PostgresConfiguration(url: databaseURL))
        var rules = Rulebook()
        rules.releaseHold = hold
        let replay = Replay(
            connection: connection, topics: topics, settings: rules, now: try ReferenceNews.now(clock, on: connection))
        let seen = try replay.preview()
        #expect(seen.persons > 0)
        #expect(seen.different == 0 && seen.changes == [] && seen.eventsLeftOut == 0, "\(seen)")
        let done = try replay.run()
        #expect(done.different == 0 && done.toBeTold == 0)
        #expect(try query("select 1 from outbox").isEmpty)
    }
}
