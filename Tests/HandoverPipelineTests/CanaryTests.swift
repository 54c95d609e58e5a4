import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Logging
import Postgres
import Testing

@Suite("local broker: canaries", .serialized)
struct CanaryTests {
    @Test func aSyntheticReleaseGoesThroughTheWholePipelineAndIsMeasured() throws {
        let hub = try TestHub()
        hub.canaryEvery = .seconds(1)
        try hub.start()
        defer { hub.stop() }
        try hub.await("three canaries have come out") { try $0.seen() >= 3 }
        for row in try hub.query(
            """
            select seconds, recorded_at between sent_at - interval '1 s' and seen_at + interval '1 s', topic
            from canary where seen_at is not null
            """)
        {
            let seconds: Double = try row[0]
            #expect(seconds > 0 && seconds < 10)
            #expect(try row[1] as Bool)
            #expect(try row.text(2) == hub.topics.releaseNotifications)
        }
        let measured = try #require(hub.hub?.status.snapshot.canary)
        #expect(measured.count >= 3)
        #expect(measured.sum > 0)
        let came = try hub.read(hub.topics.canary)
        #expect(came.count >= 3)
        #expect(Set(came.map(\.key)).count == came.count, "each once")
        let body = String(decoding: try #require(came.first?.value), as: UTF8.self)
        #expect(body.contains(#""noms":"Z0001CY""#), "\(body)")
        #expect(body.contains(#""kind":"RELEASED""#))
        let partitions: [Int32] = try hub.query("select distinct partition from canary").compactMap { try $0[0] }
        #expect(partitions.count > 1, "another number each time, so another partition")
    }

    @Test func nothingButItsOwnTablesAndTheLeasesKnowsOfACanary() throws {
        let hub = try TestHub()
        try hub.start()
        try hub.publish(Story.ready("Z1234BC").events)
        try hub.await("the story is recorded") {
            try $0.query("select count(*) from event").only()[0] as Int == 4
                && $0.query("select count(*) from record_due").only()[0] as Int == 0
        }
        hub.stop()
        let before = try hub.contents()
        let published = try hub.everything()
        hub.canaryEvery = .seconds(1)
        try hub.start()
        try hub.await("two canaries have come out") { try $0.seen() >= 2 }
        let counted = try #require(hub.hub?.status.snapshot)
        #expect(counted.events.isEmpty)
        #expect(counted.published.isEmpty)
        #expect(counted.endToEnd.count == 0)
        #expect(counted.commits > 0)
        hub.stop()
        let after = try hub.contents()
        #expect(after.keys.sorted() == before.keys.sorted() && before.count > 40)
        for (table, rows) in before { #expect(after[table] == rows, "\(table)") }
        #expect(try hub.everything() == published)
    }

    @Test func whatLooksLikeACanaryAndIsNoneIsAnEventLikeAnyOther() throws {
        let hub = try TestHub()
        try hub.start()
        defer { hub.stop() }
        // A synthetic number from a prison's own feed, as in every trial of the hub.
        try hub.publish(Story.ready("Z4321CY").events)
        try hub.await("the story is recorded") {
            try $0.query("select count(*) from event where subject = 'Z4321CY'").only()[0] as Int == 4
        }
        #expect(try hub.query("select count(*) from canary").only()[0] as Int == 0)
    }

    @Test func aCanaryThatIsOnItsWayWhenItsHubEndsIsSeenByTheNextOne() throws {
        let hub = try TestHub()
        hub.canaryEvery = .seconds(1)
        try hub.start()
        try hub.await("canaries fly") { try $0.seen() >= 1 }
        hub.stop()
        // As if it had been sent and not seen.
        _ = try hub.query(
            """
            update canary set seen_at = null, seconds = null
            where event_id = (select event_id from canary where seen_at is not null order by seq limit 1)
            """)
        try hub.start()
        defer { hub.stop() }
        try hub.await("it has been seen, and took a time that nobody measured") {
            try $0.query("select count(*) from canary where seen_at is not null and seconds is null").only()[0]
                as Int == 1
        }
    }

    @Test func aCanaryThatComesAgainComesOutAgainAndCountsOnce() throws {
        let hub = try TestHub()
        hub.canaryEvery = .seconds(1)
        try hub.start()
        try hub.await("canaries fly") { try $0.seen() >= 1 }
        hub.stop()
        hub.canaryEvery = nil
        try hub.start()
        defer { hub.stop() }
        let before = try hub.seenRows()
        let row = try #require(
            try hub.query("select event_id, sent_at from canary where seen_at is not null order by seq").first)
        let id: UUID = try row[0], at: PostgresTimestamp = try row[1]
        try hub.publish([Story.canary(id, at: Instant(microseconds: at.microseconds))])
        try hub.await("it came out again") {
            try $0.read($0.topics.canary).filter { $0.key == Array(id.uuidString.lowercased().utf8) }.count == 2
        }
        #expect(try hub.seenRows() == before, "as it was recorded and seen the first time")
        #expect(hub.hub?.status.snapshot.canary.count == 0)
    }

    @Test func ofSeveralHubsOneSendsAndAnotherGoesOn() throws {
        let first = try TestHub()
        first.canaryEvery = .seconds(1)
        try first.start()
        try first.await("canaries fly") { try $0.seen() >= 1 }
        let second = try first.another("two")
        let watch = Run(second)
        defer { watch.stop() }
        try first.await("more of them") { try $0.seen() >= 4 }
        #expect(try first.query("select count(distinct sent_by) from canary").only()[0] as Int == 1)
        first.stop()
        try first.await("the other one sends") {
            try $0.query("select count(*) from canary where sent_by = 'two' and seen_at is not null").only()[0]
                as Int >= 1
        }
    }

    @Test func ofThreeHubsOneSendsAndWhenItIsKilledAnotherGoesOnWithoutOneTwice() throws {
        let test = try TestHub()
        let hubs = try ["one", "two", "three"].map {
            try HubProcess(test, instance: $0, more: "canary:\n  interval: 1s\n")
        }
        defer { for hub in hubs { hub.kill() } }
        try hubs[0].start()
        try test.await("the first sends") { try $0.seen() >= 2 }
        for hub in hubs[1...] { try hub.start() }
        for hub in hubs[1...] { #expect(hub.wait(20) { hub.get("/readyz") != nil }) }
        try test.await("still it alone") { try $0.seen() >= 4 }
        #expect(try test.query("select distinct sent_by from canary").map { try $0.text(0) } == ["one"])
        hubs[0].kill()
        // Partitions of a member that is gone stay with it on the local broker: what is sent need not come out here.
        let started = Date()
        try test.await("another one sends") {
            try $0.query("select 1 from canary where sent_by <> 'one'").isEmpty == false
        }
        #expect(Date().timeIntervalSince(started) < Double(CanaryLimits.leaseSeconds + 10))
        try test.await("and goes on") {
            try $0.query("select count(*) from canary where sent_by <> 'one'").only()[0] as Int >= 3
        }
        #expect(
            try test.query("select count(distinct sent_by) from canary where sent_by <> 'one'").only()[0] as Int == 1)
        let each: [Double] = try test.query(
            """
            select extract(epoch from sent_at - lag(sent_at) over (order by sent_at))::float8
            from canary where sent_by <> 'one' order by sent_at offset 1
            """
        ).map { try $0[0] }
        #expect(each.allSatisfy { $0 > 0.7 }, "one an interval, not one from each hub: \(each)")
    }

    @Test func whatDidNotComeInAnHourIsLostAndADayLaterForgotten() throws {
        let hub = try TestHub()
        for (age, count) in [("2 hours", 3), ("25 hours", 4)] {
            _ = try hub.query(
                """
                insert into canary (event_id, sent_at, sent_by)
                select gen_random_uuid(), now() - \(unsafeRaw: "interval '\(age)'"), 'old'
                from generate_series(1, \(count))
                """)
        }
        hub.canaryEvery = .seconds(1)
        try hub.start()
        defer { hub.stop() }
        try hub.await("a canary came, and those of yesterday are gone") {
            try $0.seen() >= 1 && $0.query("select count(*) from canary where sent_by = 'old'").only()[0] as Int == 3
        }
        // Nobody waits for them any more: the reader stands at the end, and all of this hub's come.
        try hub.await("the next ones come too") { try $0.seen() >= 3 }
    }

    @Test func aStrangersCanaryComesOutAndIsNotKept() throws {
        let hub = try TestHub()
        try hub.start()
        defer { hub.stop() }
        try hub.publish([Story.canary(UUID(), at: MachineClock.now())])
        try hub.publish(Story.ready("Z1234BC").events)
        try hub.await("the others are taken") {
            try $0.query("select count(*) from event").only()[0] as Int == 4
        }
        try hub.await("the canary came out") {
            try $0.read($0.topics.canary).count == 1
        }
        #expect(try hub.query("select count(*) from canary").only()[0] as Int == 0)
    }
}

/// A hub on a thread of its own.
private final class Run {
    private let hub: Hub
    private let done = DispatchSemaphore(value: 0)

    init(_ hub: Hub) {
        self.hub = hub
        let done = done
        Thread.detachNewThread {
            try? hub.run()
            done.signal()
        }
    }

    func stop() {
        hub.stop()
        _ = done.wait(timeout: .now() + 15)
    }
}

extension Story {
    /// A synthetic release as a hub sends it.
    static func canary(_ id: UUID, at: Instant) -> Event {
        var released = ReleaseActual()
        released.releasedAt = at
        released.prison = PrisonID(unchecked: "ZCY")
        released.movementReason = MovementReasonCode("CR")
        var address = ReleaseAddress()
        address.postcode = Postcode("ZC1 1AA")
        address.status = .own
        released.address = address
        return Event(
            id: id, subject: NomsNumber(unchecked: "Z0007CY"), occurredAt: at, publishedAt: at, receivedAt: at,
            system: "hub-canary", sourcePrison: PrisonID("ZCY"), payload: .releaseActual(released))
    }
}

extension TestHub {
    fileprivate func seen() throws -> Int {
        try query("select count(*) from canary where seen_at is not null").only()[0]
    }

    /// What is kept of each canary that came out.
    fileprivate func seenRows() throws -> [String] {
        try query("select c::text from canary c where seen_at is not null order by seq").map { try $0.text(0) }
    }

    fileprivate func await(_ what: String, _ holds: (TestHub) throws -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: 30)
        while try !holds(self) {
            if let problem { throw problem }
            let rows = try? query("select coalesce(string_agg(c::text, ' '), '') from canary c").only().text(0)
            let refused = try? query("select coalesce(string_agg(detail, ' '), '') from rejected").only().text(0)
            try #require(Date() < deadline, "\(what): \(rows ?? "") \(refused ?? "")")
            Thread.sleep(forTimeInterval: 0.1)
        }
    }

    /// Another instance of the same group, ledger and topics, with the same canary.
    fileprivate func another(_ instance: String) throws -> Hub {
        var settings = HubSettings(
            instance: instance, topicPrefix: topics.prefix, kafka: try TestHub.kafka(bed),
            postgres: try PostgresConfiguration(url: databaseURL))
        settings.canaryEvery = canaryEvery
        return Hub(settings: settings, log: Logger(label: "test", factory: { [log] _ in log.handler }))
    }

    /// Every table's rows but those that may move: as one text each.
    fileprivate func contents() throws -> [String: String] {
        let may = ["canary", "canary_watch", "partition_lease"]
        let names = try query(
            "select relname::text from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace")
        var contents: [String: String] = [:]
        for row in names where !may.contains(try row.text(0)) {
            let name: String = try row[0]
            contents[name] = try query(
                "select coalesce(string_agg(t::text, '|' order by t::text), '') from \(unsafeRaw: name) t"
            ).only().text(0)
        }
        return contents
    }

    /// Every outbound topic's records but the canary's own.
    fileprivate func everything() throws -> [String: Int] {
        let names = try TopicAdmin(configuration: TestHub.kafka(bed)).topics().map(\.name)
        let own = names.filter {
            $0.hasPrefix(topics.prefix) && !topics.inbound.contains($0) && $0 != topics.canary
        }
        return try own.reduce(into: [:]) { $0[$1] = try read($1).count }
    }
}
