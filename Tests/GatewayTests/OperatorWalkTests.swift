import Foundation
import Gateway
import Postgres
import Testing

@Suite(
    "Chromium: the operators' pages at three in the morning", .serialized,
    .enabled(if: Chromium.isHere, "no Chromium, or no Python with scripts/requirements-clients.txt"))
struct OperatorWalkTests {
    private static let person = "Z1234BC"
    private static let secret = "CANARY-BODY"

    @Test("looked at with scripts and without, small and large, by keyboard; each deed done and found in the audit")
    func walk() async throws {
        try await DoorBed.open(canaryEvery: .seconds(60)) { bed in
            try seed(bed)
            let words = [
                "base": bed.base, "operator": try bed.token(.ops(.operator)), "viewer": try bed.token(.ops(.viewer)),
                "person": OperatorWalkTests.person, "secret": OperatorWalkTests.secret,
            ]
            let input = String(decoding: try JSONSerialization.data(withJSONObject: words), as: UTF8.self)
            let (status, text) = try await Python.run("operators.py", [], input: input)
            #expect(status == 0, "\(text)")
            #expect(text.hasSuffix("done\n"), "\(text)")
            #expect(try bed.records(on: bed.topics.kitEvents).count == 1, "sent again once")
            #expect(try bed.records(on: bed.topics.decisions).count == 1, "the task's end")
        }
    }

    /// Somebody at risk, three rejected records, a task for routing by hand, a handover that was not fetched, and a
    /// canary that is missed.
    private func seed(_ bed: DoorBed) throws {
        try bed.connection.execute(
            """
            insert into canary_watch (holder, held_until, every_seconds, since)
            values ('doors', '-infinity', 60, now() - interval '1 day')
            """)
        try bed.connection.execute(
            """
            insert into canary (event_id, sent_at, sent_by, recorded_at, seen_at, seconds)
            select gen_random_uuid(), now() - age, 'doors', now() - age, seen, seconds
            from (values (interval '10 minutes', now() - interval '599 seconds', 0.42), ('9 minutes', null, null))
                as c(age, seen, seconds)
            """)
        try bed.connection.execute(
            "insert into person_state (noms, changes, snapshot) values (\(OperatorWalkTests.person), 1, '')")
        try bed.connection.execute(
            """
            insert into outcome (spell, scope, subject, state, reason, released, decided_at)
            values (\(UUID()), 'DRUG_SERVICE', \(OperatorWalkTests.person), 'HUMAN_QUEUE', 'AREA_UNKNOWN', true,
                now() - interval '3 hours')
            """)
        for (offset, reason, key) in [
            (Int64(7), "MALFORMED", "Z9999ZZ"), (8, "POISON", "Z8888YY"), (9, "UNKNOWN_CODE", OperatorWalkTests.person),
        ] {
            try bed.connection.execute(
                """
                insert into rejected (topic, partition, "offset", reason, detail, key, value, headers, record_time,
                    first_seen)
                values (\(bed.topics.kitEvents), 0, \(offset), \(reason), 'data.issuePoint: a-rule-without-any-space',
                    \(Array(key.utf8)), \(Array(OperatorWalkTests.secret.utf8)), '', now(),
                    now() - \(offset) * interval '1 minute')
                """)
        }
        try bed.lease(partition: 0, publishedThrough: 1000)
        try bed.seed(SeededHandover(), to: "prov-leeds", offset: 1)
        let id = try bed.seedTask(
            topic: bed.topics.prefix + "prison.tasks.MDI",
            body: { #"{"taskId":"\#($0.uuidString.lowercased())","prisonId":"MDI","reason":"AREA_UNKNOWN"}"# },
            offset: 3)
        try bed.connection.execute("update message set task_code = 'HUMAN_QUEUE' where stream_id = \(id)")
        let deadline = Date(timeIntervalSinceNow: 20)
        while try bed.connection.query("select 1 from door_task").isEmpty, Date() < deadline {
            Thread.sleep(forTimeInterval: 0.05)
        }
    }
}
