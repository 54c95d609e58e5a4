import Foundation
import Gateway
import HandoverRules
import Testing

/// Provider A's token, cursor or ids never show anything of B's: every kind of visitor at every route.
@Suite("PostgreSQL: every visitor at every door", .serialized)
struct MatrixTests {
    private func tokens(_ bed: DoorBed) throws -> [Visitor: String] {
        let revoked = try TokenStore.create(.recipient("prov-leeds"), lifetime: nil, on: bed.connection)
        _ = try TokenStore.revoke(revoked.record.id, on: bed.connection)
        let expired = try TokenStore.create(.recipient("prov-leeds"), lifetime: .hours(1), on: bed.connection)
        try bed.connection.execute("update token set expires_at = now() where id = \(expired.record.id)")
        return [
            .garbage: "tg_000000000000_" + String(repeating: "A", count: 43), .expired: expired.token,
            .revoked: revoked.token, .prisonA: try bed.token(.prisons(["MDI"])),
            .prisonB: try bed.token(.prisons(["LEI"])), .recipientA: try bed.token(.recipient("prov-leeds")),
            .recipientB: try bed.token(.recipient("ps-yh")),
            .commissionerA: try bed.token(.commissioner("com-a")),
            .commissionerB: try bed.token(.commissioner("com-b")), .viewer: try bed.token(.ops(.viewer)),
            .operatorToken: try bed.token(.ops(.operator)),
        ]
    }

    private func seed(_ bed: DoorBed, _ tokens: [Visitor: String]) async throws -> Owned {
        try bed.lease(partition: 0, publishedThrough: 1000)
        let handover = try bed.seed(recipient: "prov-leeds", streams: ["MARK-A"], partition: 0, offset: 1)[0]
        try bed.seed(recipient: "ps-yh", streams: ["MARK-B"], partition: 0, offset: 2)
        func task(_ topic: String, _ provider: String?, _ offset: Int64) throws -> UUID {
            let whose = provider.map { #""providerId":"\#($0)","# } ?? ""
            return try bed.seedTask(
                topic: topic, body: { #"{"taskId":"\#($0.uuidString.lowercased())",\#(whose)"marker":"MARK-A"}"# },
                offset: offset)
        }
        let prisonTask = try task(bed.topics.prefix + "prison.tasks.MDI", nil, 3)
        let providerTask = try task(bed.topics.hubTasks, "prov-leeds", 4)
        _ = try task(bed.topics.hubTasks, "prov-leeds", 5)
        let commissionerTask = try task(bed.topics.hubTasks, "com-a", 6)
        let own = try #require(tokens[.recipientA])
        let page = try await bed.await("/v1/handovers", token: own) { !$0.handovers.isEmpty }
        let list = try await bed.await("/v1/tasks?limit=1", token: own) { $0.text.contains("MARK-A") }
        let event = UUID()
        let sent = try await bed.ask(
            "POST", "/v1/events", token: tokens[.prisonA], type: "application/cloudevents+json",
            body: Sample.event("custody.received", #"{"prisonId":"MDI","reason":"ADMISSION"}"#, id: event))
        #expect(sent.status == 202)
        try await bed.settle()
        return Owned(
            handover: handover, prisonTask: prisonTask, providerTask: providerTask, commissionerTask: commissionerTask,
            feedCursor: try #require(page.object["next"] as? String),
            taskCursor: try #require(list.object["next"] as? String), event: event)
    }

    @Test func nobodyElsesTokenCursorOrIdShowsOrChangesAnythingOnAnyRoute() async throws {
        try await DoorBed.open { bed in
            let tokens = try tokens(bed)
            let owned = try await seed(bed, tokens)
            #expect(
                Set(Matrix.rows.map(\.route)) == Set(bed.gateway.routeNames),
                "every route has a row in MatrixRow.swift, and every row a route")
            for row in Matrix.rows {
                for visitor in Visitor.allCases {
                    let method = String(row.route.prefix { $0 != " " })
                    let reply = try await bed.ask(
                        method, row.path(owned), token: tokens[visitor], type: row.type, body: row.body)
                    let place = "\(visitor): \(row.route) as \(row.path(owned)) gave \(reply.status) \(reply.text)"
                    #expect(reply.status == row.statuses[visitor], "\(place)")
                    let said = reply.text.lowercased()
                    let isShown = owned.secrets.contains(where: said.contains)
                    // Who may read does: so the matrix can fail.
                    if row.readers.contains(visitor) {
                        #expect(isShown, "\(place)")
                    } else {
                        // What the visitor asked for by name stands in the way back from signing in.
                        let told = said.replacing(row.path(owned).lowercased(), with: "")
                        #expect(!owned.secrets.contains(where: told.contains), "\(place)")
                    }
                }
            }
            // What was accepted is A's own, and nothing else.
            let responses = try bed.records(on: bed.topics.communityResponses)
            #expect(responses.count == 2)
            #expect(responses.allSatisfy { $0.header("ce_source") == Array("/providers/prov-leeds/http".utf8) })
            #expect(try bed.records(on: bed.topics.decisions).count == 3)
            #expect(try bed.records(on: bed.topics.custodyMovements).count == 2)
        }
    }

    /// What is somebody else's and what does not exist are one answer: same status, same headers, same bytes.
    @Test func whatIsSomebodyElsesLooksLikeWhatIsNot() async throws {
        try await DoorBed.open { bed in
            let tokens = try tokens(bed)
            let owned = try await seed(bed, tokens)
            let pairs: [(Visitor, String, String, String?)] = [
                (
                    .recipientB, "POST", "/v1/handovers/\(owned.handover)/acknowledgements",
                    #"{"version":1,"decision":"ACCEPTED"}"#
                ),
                (.recipientB, "POST", "/v1/handovers/\(owned.handover)/engagements", #"{"outcome":"ATTENDED"}"#),
                (.prisonB, "POST", "/v1/tasks/\(owned.prisonTask)/resolution", #"{"outcome":"DONE","by":"N/1"}"#),
                (.recipientB, "POST", "/v1/tasks/\(owned.providerTask)/resolution", #"{"outcome":"DONE","by":"N/1"}"#),
                (.prisonB, "GET", "/v1/events/\(owned.event)", nil),
            ]
            for (visitor, method, path, body) in pairs {
                let unknown = path.replacing(/[0-9A-F-]{36}/, with: UUID().uuidString)
                #expect(unknown != path)
                var times: [[Duration]] = [[], []]
                var answers: [Set<String>] = [[], []]
                // Taken in turns, so that whatever else the machine does meets both alike.
                for _ in 0..<25 {
                    for (index, asked) in [path, unknown].enumerated() {
                        let began = ContinuousClock.now
                        let reply = try await bed.ask(method, asked, token: tokens[visitor], body: body)
                        times[index].append(.now - began)
                        let headers = reply.headers.filter { $0.key != "date" }.sorted { $0.key < $1.key }
                        answers[index].insert("\(reply.status) \(headers) \(reply.text)")
                    }
                }
                #expect(answers[0] == answers[1] && answers[0].count == 1, "\(path): \(answers)")
                let medians = times.map { $0.sorted()[$0.count / 2] }
                // One query more would be a class of its own; a difference below that tells nobody anything.
                #expect(medians[0] < medians[1] * 3 && medians[1] < medians[0] * 3, "\(path): \(medians)")
            }
        }
    }

    @Test func aCursorThatWasMadeUpOrChangedIsNone() async throws {
        try await DoorBed.open { bed in
            let tokens = try tokens(bed)
            let owned = try await seed(bed, tokens)
            var changed = Array(owned.feedCursor)
            changed[4] = changed[4] == "A" ? "B" : "A"
            for cursor in [String(changed), "AAAA", "0", owned.feedCursor + "A", String(owned.feedCursor.dropLast())] {
                let reply = try await bed.ask("GET", "/v1/handovers?after=\(cursor)", token: tokens[.recipientA])
                #expect(reply.status == 400 && reply.code == "CURSOR", "\(cursor): \(reply.text)")
                let stream = try await bed.ask(
                    "GET", "/v1/handovers/stream", token: tokens[.recipientA], headers: ["Last-Event-ID": cursor])
                #expect(stream.status == 400 && stream.code == "CURSOR", "\(cursor): \(stream.text)")
            }
        }
    }
}
