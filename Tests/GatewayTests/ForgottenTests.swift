import Foundation
import Gateway
import HandoverPipeline
import Testing

/// What retention ended before its recipient read it is said, never passed over in silence.
@Suite("PostgreSQL: cursors older than what is kept", .serialized)
struct ForgottenTests {
    @Test func aCursorBeforeSomethingThatIsGoneIs410AndTheBeginningIsWhatThereIs() async throws {
        try await DoorBed.open { bed in
            let token = try bed.token(.recipient("prov-leeds")), other = try bed.token(.recipient("ps-yh"))
            try bed.lease(partition: 0, publishedThrough: 1000)
            try bed.seed(recipient: "prov-leeds", streams: ["one", "two", "three"], partition: 0, offset: 1)
            try bed.seed(recipient: "ps-yh", streams: ["x", "y"], partition: 0, offset: 2)
            func cursors(_ token: String, _ count: Int) async throws -> [String] {
                _ = try await bed.await("/v1/handovers", token: token) { $0.handovers.count == count }
                var found: [String] = []
                for _ in 0..<count {
                    let page = try await bed.ask(
                        "GET", "/v1/handovers?limit=1&after=\(found.last ?? "")", token: token)
                    found.append(try #require(page.object["next"] as? String))
                }
                return found
            }
            let own = try await cursors(token, 3), others = try await cursors(other, 2)
            try endThread("two", bed)
            #expect(try Retention(bed.connection, now: MachineClock.now(), eventsOlderThan: nil).run().feedItems == 1)
            let old = try await bed.ask("GET", "/v1/handovers?after=\(own[0])", token: token)
            #expect(old.status == 410 && old.code == "GONE", "\(old.text)")
            let stream = try await bed.ask(
                "GET", "/v1/handovers/stream", token: token, headers: ["Last-Event-ID": own[0]])
            #expect(stream.status == 410 && stream.code == "GONE", "\(stream.text)")
            for (cursor, expected) in [(own[1], ["three"]), (own[2], []), ("", ["one", "three"])] {
                let page = try await bed.ask("GET", "/v1/handovers?after=\(cursor)", token: token)
                let markers = page.handovers.compactMap { ($0["data"] as? [String: Any])?["marker"] as? String }
                #expect(page.status == 200 && markers == expected, "\(page.text)")
            }
            let page = try await bed.ask("GET", "/v1/handovers?after=\(others[0])", token: other)
            #expect(page.status == 200 && page.handovers.count == 1)
        }
    }

    /// Makes the thread of one handover one that closed two years ago.
    private func endThread(_ marker: String, _ bed: DoorBed) throws {
        let like = "%\(marker)%"
        try bed.connection.execute(
            """
            insert into person_state (noms, changes, snapshot) values ('Z1234BC', 1, '') on conflict do nothing
            """)
        let row = try bed.connection.query(
            "select stream_id, spell from message where convert_from(body, 'UTF8') like \(like)"
        ).only()
        let stream: UUID = try row[0], spell: UUID = try row[1], person = UUID()
        try bed.connection.execute(
            "insert into recorded_person (person_id, noms, changes) values (\(person), 'Z1234BC', 1)")
        try bed.connection.execute(
            """
            insert into episode (episode_id, person_id, spell_no, provisional, custody_state, is_open, thn_state,
                cohort_exclusion, eligibility, offers, has_kit, consent_asked, consent_given, had_notice, dq_flags)
            values (\(spell), \(person), 1, false, 'IN_PRISON', false, 'ELIGIBLE', 'NOT_RELEASED', 'ASSESSED', 0,
                false, '{}', '{}', false, '{}')
            """)
        try bed.connection.execute(
            """
            insert into handover (handover_id, person_id, spell_id, episode_id, recipient_kind, recipient_id, state,
                live, version, kind, priority, sent_at, reinforced_early, closed_at)
            values (\(stream), \(person), \(spell), \(spell), 'drug-service', 'prov-leeds', 'CLOSED', false, 1,
                'RELEASED', 1, now(), 0, now() - interval '2 years')
            """)
    }
}
