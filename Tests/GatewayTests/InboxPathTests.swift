import ExactlyOnceKafka
import Foundation
import Gateway
import Postgres
import Testing

@Suite("local broker: answers by form and kits at the gate", .serialized)
struct InboxPathTests {
    private let batched = "application/cloudevents-batch+json"

    @Test func whatAWorkerAcceptsIsAcceptedForEverybody() async throws {
        try await DoorBed.open(hub: true) { bed in
            let prison = try bed.token(.prisons(["MDI"]))
            let sent = try await bed.ask(
                "POST", "/v1/events", token: prison, type: batched,
                body: "[" + Sample.release("Z1234BC").joined(separator: ",\n") + "]")
            #expect(sent.status == 202, "\(sent.text)")
            let browser = PageBrowser(bed)
            try await browser.signIn(.recipient("prov-leeds"))
            let list = try await poll(browser, "/inbox") { $0.contains("Waiting for your answer") }
            let path = try #require(
                list.firstMatch(of: #/href="(/inbox/[0-9a-f-]{36})"/#).map { String($0.1) }, "\(list)")
            let reply = try await browser.fill(path, path + "/acknowledgement", [("decision", "ACCEPTED")])
            #expect(reply.status == 303, "\(reply.text)")
            let after = try await poll(browser, "/inbox") { $0.contains("Nothing waits for an answer.") }
            #expect(after.contains(#"<span class="tag good">Accepted</span>"#), "\(after)")
            let engaged = try await browser.fill(
                path, path + "/engagement", [("outcome", "ATTENDED"), ("kmReinforced", "KM-02")])
            #expect(engaged.status == 303, "\(engaged.text)")
            let detail = try await poll(browser, path) { $0.contains("The person came. Key messages: KM-02") }
            #expect(detail.contains("The person came. Key messages: KM-02"), "\(detail)")
        }
    }

    @Test func aKitIsCollectedByItsLabelAlone() async throws {
        try await DoorBed.open(hub: true) { bed in
            let issued = Sample.event(
                "thn.kit.issued",
                """
                {"kitId":"MDI-26-000123","product":"NYXOID_NASAL_1_8MG","batchNo":"NX4471","expiryDate":"2031-03-31",\
                "quantity":1,"issuePoint":"PROPERTY","supplierRole":"NURSE","supplierTrainingConfirmed":true,\
                "authority":"PGD"}
                """, minutesAgo: 500)
            let received = Sample.event(
                "custody.received", #"{"prisonId":"MDI","reason":"ADMISSION"}"#, minutesAgo: 60 * 24)
            let prison = try bed.token(.prisons(["MDI"]))
            _ = try await bed.ask(
                "POST", "/v1/events", token: prison, type: batched, body: "[\(received),\(issued)]")
            try await wait(bed, "select count(*) from kit where held")
            let other = PageBrowser(bed)
            try await other.signIn(.prisons(["LEI"]))
            let foreign = try await other.fill("/gate", "/gate", [("kit", "MDI-26-000123")])
            #expect(
                foreign.status == 400 && foreign.text.contains(##"href="#noms""##), "another prison's kit is unknown")
            let browser = PageBrowser(bed)
            try await browser.signIn(.prisons(["MDI"]))
            #expect(try await browser.fill("/gate", "/gate", []).status == 400)
            let hidden = PageBrowser.hidden(in: try await browser.get("/gate").text, action: "/gate")
            let first = try await browser.post("/gate", hidden + [("kit", " mdi-26-000123 ")])
            #expect(first.status == 303, "\(first.text)")
            let place = try #require(first.headers["location"])
            #expect(try await browser.get(place).text.contains("Kit MDI-26-000123 was recorded as collected"))
            #expect(try await !other.get(place).text.contains("was recorded"), "the words are of one session")
            // Before the record shows it the same form is the same event; after it there is nothing more to do.
            _ = try await browser.post("/gate", hidden + [("kit", "mdi-26-000123")])
            try await wait(bed, "select count(*) from kit where state = 'COLLECTED'")
            let again = try await browser.fill("/gate", "/gate", [("kit", "MDI-26-000123")])
            #expect(again.status == 400 && again.text.contains("recorded as collected already"))
            let collected = try bed.records(on: bed.topics.kitEvents).filter {
                $0.header("ce_type") == Array("throughgate.thn.kit.collected.v1".utf8)
            }
            #expect(Set(collected.map { $0.header("ce_id") }).count == 1)
            #expect(Set(collected.map(\.value)).count == 1)
            #expect(collected.first?.header("ce_source") == Array("/prisons/MDI/gate".utf8))
            #expect(try bed.connection.query("select 1 from rejected").isEmpty)
        }
    }

    private func poll(_ browser: PageBrowser, _ path: String, until isDone: (String) -> Bool) async throws -> String {
        let deadline = Date(timeIntervalSinceNow: 20)
        while true {
            let text = try await browser.get(path).text
            if isDone(text) || Date() > deadline { return text }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func wait(_ bed: DoorBed, _ count: SQL) async throws {
        let deadline = Date(timeIntervalSinceNow: 20)
        while try bed.connection.query(count).only()[0] as Int64 == 0 {
            try #require(Date() < deadline, "the hub did not record it")
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
