import Foundation
import Gateway
import HandoverRules
import Testing

@Suite("PostgreSQL: who may see what over HTTP", .serialized)
struct AccessTests {
    /// What A owns, by the words that only its answers may hold.
    private struct Owned {
        var handover: UUID
        var prisonTask: UUID
        var providerTask: UUID
        var cursor: String
        var event: UUID
    }

    private func seed(_ bed: DoorBed) async throws -> Owned {
        try bed.lease(partition: 0, publishedThrough: 1000)
        let handover = try bed.seed(recipient: "prov-leeds", streams: ["MARK-A"], partition: 0, offset: 1)[0]
        try bed.seed(recipient: "ps-yh", streams: ["MARK-B"], partition: 0, offset: 2)
        let prisonTask = try bed.seedTask(
            topic: bed.topics.prefix + "prison.tasks.MDI",
            body: { #"{"taskId":"\#($0.uuidString.lowercased())","state":"OPEN","marker":"MARK-A"}"# }, offset: 3)
        let providerTask = try bed.seedTask(
            topic: bed.topics.hubTasks,
            body: {
                #"{"taskId":"\#($0.uuidString.lowercased())","providerId":"prov-leeds","marker":"MARK-A"}"#
            }, offset: 4)
        let own = try bed.token(.recipient("prov-leeds"))
        let page = try await bed.await("/v1/handovers", token: own) { !$0.handovers.isEmpty }
        let prison = try bed.token(.prisons(["MDI"]))
        let event = UUID()
        let sent = try await bed.ask(
            "POST", "/v1/events", token: prison, type: "application/cloudevents+json",
            body: Sample.event("custody.received", #"{"prisonId":"MDI","reason":"ADMISSION"}"#, id: event))
        #expect(sent.status == 202)
        try await bed.settle()
        return Owned(
            handover: handover, prisonTask: prisonTask, providerTask: providerTask,
            cursor: try #require(page.object["next"] as? String), event: event)
    }

    /// Every route as a stranger would ask it for what is A's, and what the stranger must get.
    private func asks(_ owned: Owned) -> [(route: String, path: String, body: String?)] {
        let acknowledgement = #"{"version":1,"decision":"ACCEPTED"}"#
        let resolution = #"{"outcome":"DONE","by":"NURSE/1"}"#
        return [
            ("GET /healthz", "/healthz", nil), ("GET /readyz", "/readyz", nil), ("GET /metrics", "/metrics", nil),
            ("GET /api/lag", "/api/lag", nil), ("GET /api/status", "/api/status", nil),
            ("GET /", "/", nil), ("GET /lag", "/lag?page=1", nil),
            (
                "POST /v1/events", "/v1/events",
                Sample.event(
                    "custody.received", #"{"prisonId":"MDI","reason":"ADMISSION"}"#)
            ),
            ("GET /v1/events/{id}", "/v1/events/\(owned.event)", nil),
            ("GET /v1/handovers", "/v1/handovers", nil),
            ("GET /v1/handovers", "/v1/handovers?after=\(owned.cursor)", nil),
            ("GET /v1/handovers/stream", "/v1/handovers/stream?after=\(owned.cursor)", nil),
            (
                "POST /v1/handovers/{id}/acknowledgements", "/v1/handovers/\(owned.handover)/acknowledgements",
                acknowledgement
            ),
            (
                "POST /v1/handovers/{id}/engagements", "/v1/handovers/\(owned.handover)/engagements",
                #"{"outcome":"ATTENDED"}"#
            ),
            ("GET /v1/tasks", "/v1/tasks", nil), ("GET /v1/tasks", "/v1/tasks?after=\(owned.cursor)", nil),
            ("POST /v1/tasks/{id}/resolution", "/v1/tasks/\(owned.prisonTask)/resolution", resolution),
            ("POST /v1/tasks/{id}/resolution", "/v1/tasks/\(owned.providerTask)/resolution", resolution),
            ("GET /sign-in", "/sign-in", nil), ("POST /sign-in", "/sign-in", "token=x"),
            ("POST /sign-out", "/sign-out", "formToken=x"),
            ("GET /inbox", "/inbox", nil), ("GET /inbox/{id}", "/inbox/\(owned.handover)", nil),
            (
                "POST /inbox/{id}/acknowledgement", "/inbox/\(owned.handover)/acknowledgement",
                "decision=ACCEPTED&version=1&formKey=x"
            ),
            ("POST /inbox/{id}/engagement", "/inbox/\(owned.handover)/engagement", "outcome=ATTENDED&formKey=x"),
            ("GET /inbox/tasks", "/inbox/tasks", nil),
            (
                "POST /inbox/tasks/{id}/resolution", "/inbox/tasks/\(owned.prisonTask)/resolution",
                "outcome=DONE&formKey=x"
            ),
            ("GET /gate", "/gate", nil), ("POST /gate", "/gate", "kit=x&formKey=x"),
            ("GET /pages/throughgate.css", "/pages/throughgate.css", nil),
            ("GET /pages/mark.svg", "/pages/mark.svg", nil),
            ("GET /people-at-risk", "/people-at-risk", nil),
            ("GET /rejected", "/rejected", nil),
            ("GET /rejected/record", "/rejected/record?place=prison.kit-events/0/1", nil),
            ("POST /rejected/body", "/rejected/body", "formToken=x"),
            ("POST /rejected/redrive", "/rejected/redrive", "formToken=x"),
            ("POST /rejected/discard", "/rejected/discard", "formToken=x"),
            ("GET /tasks", "/tasks", nil),
            ("GET /tasks/{id}", "/tasks/\(owned.prisonTask)", nil),
            ("POST /tasks/{id}/resolution", "/tasks/\(owned.prisonTask)/resolution", "formToken=x"),
            ("POST /tasks/{id}/route", "/tasks/\(owned.prisonTask)/route", "formToken=x"),
            ("GET /worklist", "/worklist", nil),
            ("GET /governor", "/governor", nil),
            ("GET /flow", "/flow", nil),
            ("GET /audit", "/audit", nil),
            ("GET /api/people-at-risk", "/api/people-at-risk", nil),
            ("GET /api/audit/head", "/api/audit/head", nil),
        ]
    }

    @Test func nobodyElsesTokenCursorOrIdShowsOrChangesAnythingOnAnyRoute() async throws {
        try await DoorBed.open { bed in
            let owned = try await seed(bed)
            let expired = try bed.token(.recipient("prov-leeds"), lifetime: .hours(1))
            try bed.connection.execute("update token set expires_at = now() where expires_at is not null")
            let strangers: [(name: String, token: String?)] = [
                ("nobody", nil), ("nonsense", "tg_000000000000_" + String(repeating: "A", count: 43)),
                ("expired", expired), ("other recipient", try bed.token(.recipient("ps-yh"))),
                ("other prison", try bed.token(.prisons(["LEI"]))),
                ("commissioner", try bed.token(.commissioner("E08000035"))),
                ("operator", try bed.token(.ops(.operator))),
            ]
            let asks = asks(owned)
            #expect(Set(asks.map(\.route)) == Set(bed.gateway.routeNames), "a route without a line in the matrix")
            let before = try bed.records(on: bed.topics.communityResponses).count
            for stranger in strangers {
                for ask in asks {
                    let method = String(ask.route.prefix { $0 != " " })
                    let reply = try await bed.ask(
                        method, ask.path, token: stranger.token,
                        type: ask.body == nil
                            ? nil
                            : ask.route == "POST /v1/events"
                                ? "application/cloudevents+json" : "application/json",
                        body: ask.body)
                    let place = "\(stranger.name): \(ask.path) gave \(reply.status) \(reply.text)"
                    #expect(!reply.text.contains("MARK-A"), "\(place)")
                    #expect(!reply.text.contains(owned.handover.uuidString.lowercased()), "\(place)")
                    guard ask.path.hasPrefix("/v1") else { continue }
                    let isOwnList = reply.status == 200 && method == "GET" && !ask.path.contains("after")
                    #expect(isOwnList || [400, 401, 403, 404].contains(reply.status), "\(place)")
                    if stranger.token == nil { #expect(reply.status == 401, "\(place)") }
                }
            }
            #expect(try bed.records(on: bed.topics.communityResponses).count == before)
            #expect(try bed.records(on: bed.topics.decisions).isEmpty)
            #expect(try bed.records(on: bed.topics.custodyMovements).count == 1)
            // The matrix can fail: their owner gets through the same doors.
            let own = try bed.token(.recipient("prov-leeds"))
            #expect(try await bed.ask("GET", "/v1/handovers", token: own).text.contains("MARK-A"))
            #expect(try await bed.ask("GET", "/v1/tasks", token: own).text.contains("MARK-A"))
        }
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

    @Test func everyReadOfBodiesIsInTheAudit() async throws {
        try await DoorBed.open { bed in
            let owned = try await seed(bed)
            let prison = try bed.token(.prisons(["MDI"]))
            #expect(try await bed.ask("GET", "/v1/tasks", token: prison).text.contains("MARK-A"))
            let rows = try bed.connection.query("select action, items from access_audit order by seq")
            let found = try rows.map { row in "\(try row.text(0)) \(try row[1] as Int32)" }
            #expect(found.contains("FEED 1") && found.contains("TASKS 1"), "\(found)")
            _ = owned
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
