import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

@Suite("local broker: kits that two hold, and answers to handovers", .serialized)
struct SharedKitTests {
    /// S18: one kit issued to two people counts for neither; S19: returned first, it is the second's.
    @Test(arguments: [false, true])
    func aKitIssuedToTwoIsDisputedUnlessTheFirstGaveItBack(returned: Bool) throws {
        let test = try TestHub(clock: .events)
        var first = Story.ready("Z1111AF"), second = Story.ready("Z2222BF", on: "2026-06-02")
        first.kit("K-9", at: "2026-06-03 10:00")
        if returned { first.returned("K-9", at: "2026-06-03 11:00") }
        first.release(at: "2026-06-05 09:15")
        second.kit("K-9", at: "2026-06-06 10:00")
        second.release(at: "2026-06-06 12:00")
        let events = first.events + second.events
        try test.run(events, total: events.count)
        let held = try test.latest(test.drugTopic)
        func kit(_ noms: String) -> String? { (held[noms]?["thn"] as? [String: Any])?["kitAtRelease"] as? String }
        #expect(kit("Z1111AF") == "NO")
        #expect(kit("Z2222BF") == (returned ? "YES" : "NO"))
        let claims = try test.query("select noms from kit_claim where kit_id = 'K-9' order by turn").map {
            try $0.text(0)
        }
        #expect(claims == (returned ? ["Z2222BF"] : ["Z1111AF", "Z2222BF"]))
        if !returned {
            // What the first is told of now was caused by an event of the second.
            let cause = try test.query(
                """
                select e.subject from message m join event e on e.event_id = m.caused_by
                where m.subject = 'Z1111AF' and m.kind = 'CORRECTION'
                """)
            #expect(try cause.map { try $0.text(0) }.contains("Z2222BF"))
        }
        #expect(try test.deliveryFaults() == [])
        try test.replayChangesNothing()
    }

    @Test func theRecipientMayAnswerAHandoverAndNobodyElse() throws {
        let test = try TestHub(clock: .events)
        var story = Story.ready("Z1111AG")
        story.release(at: "2026-06-05 09:15")
        try test.run(story.events, total: story.events.count)
        let thread = try #require(try test.state("Z1111AG")?.threads.first { $0.recipient.kind == .drugService })
        func answer(_ provider: String, _ handover: UUID, at: String) -> Event {
            var acknowledged = HandoverAcknowledged()
            acknowledged.handover = Label(unchecked: handover.uuidString.lowercased())
            acknowledged.version = HandoverVersion(unchecked: 1)
            acknowledged.ackAt = Story.london(at)
            acknowledged.decision = .accepted
            let when = Story.london(at)
            return Event(
                id: UUID(), subject: .blank, occurredAt: when, publishedAt: when, receivedAt: when,
                system: "providers/\(provider)/case-system", payload: .handoverAcknowledged(acknowledged))
        }
        let right = answer("prov-leeds", thread.id, at: "2026-06-05 11:00")
        let wrong = answer("ps-yh", thread.id, at: "2026-06-05 11:10")
        let nobody = answer("prov-leeds", UUID(), at: "2026-06-05 11:20")
        let total = story.events.count + 3
        try test.run([right, wrong, nobody], total: total)
        #expect(try test.state("Z1111AG")?.events.contains { $0.id == right.id } == true)
        let subject: String = try test.query("select subject from event where event_id = \(right.id)").only()[0]
        #expect(subject == "Z1111AG")
        var reasons = try test.read(test.topics.rejected).map { $0.text("tg_reason") }
        #expect(reasons.sorted() == ["CONSTRAINT", "NOT_ENTITLED"])
        // Come again after a crash, they are refused again, and the answer is no second one.
        try test.change("update partition_lease set published_through = -1, idle_starts = 0")
        test.group = "again"
        try test.run([], total: total)
        reasons = try test.read(test.topics.rejected).map { $0.text("tg_reason") }
        #expect(reasons.sorted() == ["CONSTRAINT", "CONSTRAINT", "NOT_ENTITLED", "NOT_ENTITLED"])
        try test.replayChangesNothing()
    }
}
