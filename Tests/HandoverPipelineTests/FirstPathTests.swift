import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

@Suite("local broker: the path of one message", .serialized)
struct FirstPathTests {
    @Test func aReleaseBecomesAHandoverForTheDrugServiceAndOneForSupervision() throws {
        let test = try TestHub(clock: .events)
        var story = Story.ready("Z1234BC")
        story.plan(for: "2026-06-05", at: "2026-06-01 12:00")
        story.release(at: "2026-06-05 09:15")
        try test.publish(story.events)
        try test.start()
        defer { test.stop() }
        let drug = try test.read(test.topics.prefix + "handover.drug-service.prov-leeds", atLeast: 2)
        let supervision = try test.read(test.topics.prefix + "handover.supervision.ps-yh", atLeast: 2)
        for sql in ["select type || ' ' || received_at || ' ' || disposition || ' ' || reason from event order by received_at", "select kind || ' ' || due_at || ' ' || coalesce(published_at::text, '-') from timer", "select topic || ' ' || partition || ' ' || recorded_through || ' ' || published_through from partition_lease", "select topic || ' ' || reason || ' ' || detail from rejected"] as [SQL] {
            for row in try test.query(sql) { print("DB", try row.text(0)) }
        }
        print(test.hub?.status.snapshot as Any)
        for record in drug + supervision {
            print(String(decoding: record.value ?? [], as: UTF8.self))
        }
        #expect(drug.count >= 2)
        #expect(supervision.count >= 2)
    }
}
