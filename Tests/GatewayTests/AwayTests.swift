import Foundation
import Gateway
import LocalServers
import Testing

/// 202 means that the broker has it: what cannot be kept is answered 503, and kept when it is sent again.
@Suite("local broker: doors while a server is away", .serialized)
struct AwayTests {
    @Test func anEventIsNotAcknowledgedWhileTheBrokerIsAwayAndIsKeptWhenSentAgain() async throws {
        let servers = try Servers.own()
        var limits = DoorLimits()
        limits.keeping = .seconds(1)
        try await DoorBed.open(limits: limits, servers: servers) { bed in
            let token = try bed.token(.prisons(["MDI"]))
            let event = Sample.event("custody.received", #"{"prisonId":"MDI","reason":"ADMISSION"}"#)
            func post() async throws -> Reply {
                try await bed.ask(
                    "POST", "/v1/events", token: token, type: "application/cloudevents+json", body: event)
            }
            #expect(try await post().status == 202)
            let broker = try #require(servers.broker)
            try broker.stop()
            let refused = try await post()
            #expect(refused.status == 503 && refused.headers["retry-after"] != nil, "\(refused.text)")
            let batch = try await bed.ask(
                "POST", "/v1/events", token: token, type: "application/cloudevents-batch+json", body: "[\(event)]")
            #expect(batch.status == 207 && batch.text.contains("BUSY"), "\(batch.text)")
            try broker.restart()
            let deadline = Date(timeIntervalSinceNow: 20)
            var status = 503
            while status != 202, Date() < deadline { status = try await post().status }
            #expect(status == 202)
        }
    }

    @Test func everyDoorIs503WhileTheLedgerIsAwayAndComesBackByItself() async throws {
        let servers = try Servers.own()
        try await DoorBed.open(servers: servers) { bed in
            let token = try bed.token(.recipient("prov-leeds"))
            #expect(try await bed.ask("GET", "/v1/handovers", token: token).status == 200)
            let postgres = try #require(servers.postgres)
            try postgres.stop()
            for path in ["/v1/handovers", "/v1/tasks", "/v1/handovers/stream"] {
                let reply = try await bed.ask("GET", path, token: token)
                #expect(reply.status == 503 && reply.code == "BUSY", "\(path): \(reply.text)")
            }
            #expect(try await bed.ask("GET", "/healthz", token: nil).status == 200)
            try postgres.restart()
            #expect(try await bed.await("/v1/handovers", token: token) { $0.status == 200 }.status == 200)
        }
    }
}
