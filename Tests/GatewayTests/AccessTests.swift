import Foundation
import Gateway
import HandoverRules
import Testing

@Suite("PostgreSQL: who may see what over HTTP", .serialized)
struct AccessTests {
    /// A handover and a task of the prison, and that it is visible.
    private func seed(_ bed: DoorBed) async throws -> (handover: UUID, prisonTask: UUID) {
        try bed.lease(partition: 0, publishedThrough: 1000)
        let handover = try bed.seed(recipient: "prov-leeds", streams: ["MARK-A"], partition: 0, offset: 1)[0]
        let prisonTask = try bed.seedTask(
            topic: bed.topics.prefix + "prison.tasks.MDI",
            body: { #"{"taskId":"\#($0.uuidString.lowercased())","state":"OPEN","marker":"MARK-A"}"# }, offset: 3)
        let own = try bed.token(.recipient("prov-leeds"))
        _ = try await bed.await("/v1/handovers", token: own) { !$0.handovers.isEmpty }
        try await bed.settle()
        return (handover, prisonTask)
    }

    @Test func aRevokedTokenIsGoodForNothingAndUseIsNoted() async throws {
        try await DoorBed.open { bed in
            let made = try TokenStore.create(.recipient("prov-leeds"), lifetime: .hours(1), on: bed.connection)
            #expect(try await bed.ask("GET", "/v1/handovers", token: made.token).status == 200)
            #expect(try TokenStore.list(on: bed.connection).first?.lastUsedAt != nil)
            let kept = try bed.connection.query("select count(*) from token where position(\(made.token) in id) > 0")
            #expect(try kept.only()[0] == Int64(0))
            var wrong = made.token
            wrong.removeLast()
            wrong.append(made.token.hasSuffix("A") ? "E" : "A")
            #expect(try await bed.ask("GET", "/v1/handovers", token: wrong).status == 401)
            #expect(try TokenStore.revoke(made.record.id, on: bed.connection))
            #expect(try !TokenStore.revoke(made.record.id, on: bed.connection))
            #expect(try await bed.ask("GET", "/v1/handovers", token: made.token).status == 401)
        }
    }

    @Test func everyReadAndEveryAnswerIsInTheAuditUnderItsToken() async throws {
        try await DoorBed.open { bed in
            let seeded = try await seed(bed)
            let prison = try TokenStore.create(.prisons(["MDI"]), lifetime: nil, on: bed.connection)
            #expect(try await bed.ask("GET", "/v1/tasks", token: prison.token).text.contains("MARK-A"))
            let event = Sample.event("custody.received", #"{"prisonId":"MDI","reason":"ADMISSION"}"#)
            _ = try await bed.ask(
                "POST", "/v1/events", token: prison.token, type: "application/cloudevents+json", body: event)
            _ = try await bed.ask(
                "POST", "/v1/tasks/\(seeded.prisonTask)/resolution", token: prison.token,
                body: #"{"outcome":"DONE","by":"NURSE/7f2"}"#)
            let own = try bed.token(.recipient("prov-leeds"))
            let answer = "/v1/handovers/\(seeded.handover)/"
            _ = try await bed.ask(
                "POST", answer + "acknowledgements", token: own, body: #"{"version":1,"decision":"ACCEPTED"}"#)
            _ = try await bed.ask("POST", answer + "engagements", token: own, body: #"{"outcome":"ATTENDED"}"#)
            let rows = try bed.connection.query(
                "select token_id, action, items from access_audit where action <> 'USE' order by seq")
            let found = try rows.map { row in "\(try row.text(1)) \(try row[2] as Int32)" }
            #expect(found == ["FEED 1", "TASKS 1", "PUBLISH 1", "RESOLVE 1", "ACKNOWLEDGE 1", "ENGAGE 1"])
            for row in rows where try row.text(1) == "TASKS" { #expect(try row.text(0) == prison.record.id) }
        }
    }

    @Test func aTaskIsResolvedByItsReaderAndBecomesAnEvent() async throws {
        try await DoorBed.open { bed in
            let owned = try await seed(bed)
            let prison = try bed.token(.prisons(["MDI"]))
            let reply = try await bed.ask(
                "POST", "/v1/tasks/\(owned.prisonTask)/resolution", token: prison,
                body: #"{"outcome":"DONE","by":"NURSE/7f2"}"#)
            #expect(reply.status == 202, "\(reply.text)")
            let record = try #require(try bed.records(on: bed.topics.decisions).first)
            #expect(record.header("ce_source") == Array("/prisons/MDI/http".utf8))
            #expect(record.key == Array(owned.prisonTask.uuidString.lowercased().utf8))
            let bad = try await bed.ask(
                "POST", "/v1/tasks/\(owned.prisonTask)/resolution", token: prison, body: #"{"outcome":"MAYBE"}"#)
            #expect(bad.status == 400, "\(bad.text)")
        }
    }
}
