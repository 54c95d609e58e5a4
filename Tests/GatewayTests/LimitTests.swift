import Foundation
import Gateway
import LocalServers
import Testing

/// Every limit is met by an answer or an end, never by memory or a wait without bound.
@Suite("PostgreSQL: limits of the doors", .serialized)
struct LimitTests {
    private let structured = "application/cloudevents+json"
    private let batched = "application/cloudevents-batch+json"

    @Test func whatIsTooLargeIs413OnEveryDoorThatTakesABody() async throws {
        try await DoorBed.open { bed in
            let prison = try bed.token(.prisons(["MDI"])), recipient = try bed.token(.recipient("prov-leeds"))
            try bed.lease(partition: 0, publishedThrough: 1000)
            let id = try bed.seed(recipient: "prov-leeds", streams: ["a"], partition: 0, offset: 1)[0]
            _ = try await bed.await("/v1/handovers", token: recipient) { !$0.handovers.isEmpty }
            let asks: [(String, String, String, Int)] = [
                ("/v1/events", prison, structured, GatewayLimits.eventBytesMax),
                ("/v1/events", prison, batched, GatewayLimits.batchBytesMax),
                ("/v1/handovers/\(id)/acknowledgements", recipient, "application/json", GatewayLimits.replyBytesMax),
                ("/v1/handovers/\(id)/engagements", recipient, "application/json", GatewayLimits.replyBytesMax),
            ]
            for (path, token, type, limit) in asks {
                let body = String(repeating: " ", count: limit + 1)
                let reply = try await bed.ask("POST", path, token: token, type: type, body: body)
                #expect(reply.status == 413 && reply.code == "TOO_LARGE", "\(path) \(type): \(reply.text)")
                // Without a length that is announced, too.
                let client = try RawClient(bed.base)
                client.send(
                    "POST \(path) HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(token)\r\nContent-Type: \(type)\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n")
                client.send(String(limit + 1, radix: 16) + "\r\n" + body + "\r\n0\r\n\r\n")
                #expect(client.read { $0.contains("TOO_LARGE") }.contains(" 413 "), "\(path) \(type)")
            }
            let many =
                "[" + Array(repeating: "{}", count: GatewayLimits.batchEventsMax + 1).joined(separator: ",") + "]"
            let reply = try await bed.ask("POST", "/v1/events", token: prison, type: batched, body: many)
            #expect(reply.status == 413)
        }
    }

    @Test func aTokenBeyondItsRateIs429WithRetryAfterAndNoOtherTokenIs() async throws {
        var limits = DoorLimits()
        limits.requestsPerSecond = 2
        limits.requestsBurst = 5
        try await DoorBed.open(limits: limits) { bed in
            let fast = try bed.token(.recipient("prov-leeds")), other = try bed.token(.recipient("prov-leeds"))
            var statuses: [Int] = []
            var last: Reply?
            for _ in 0..<12 {
                let reply = try await bed.ask("GET", "/v1/handovers", token: fast)
                statuses.append(reply.status)
                if reply.status == 429 { last = reply }
            }
            #expect(statuses.prefix(5).allSatisfy { $0 == 200 } && statuses.contains(429), "\(statuses)")
            let refused = try #require(last)
            #expect(refused.code == "RATE" && (refused.headers["retry-after"].flatMap { Int($0) } ?? 0) >= 1)
            #expect(try await bed.ask("GET", "/v1/handovers", token: other).status == 200)
            let again = try await bed.await("/v1/handovers", token: fast) { $0.status == 200 }
            #expect(again.status == 200)
        }
    }

    @Test func moreThanMayWaitForTheLedgerIs503() async throws {
        var limits = DoorLimits()
        limits.ledgerWaitingMax = 2
        try await DoorBed.open(limits: limits) { bed in
            let token = try bed.token(.recipient("prov-leeds"))
            let other = try bed.otherConnection()
            try other.execute("begin")
            try other.execute("lock table token in access exclusive mode")
            let began = ContinuousClock.now
            let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
                for _ in 0..<8 { group.addTask { try await bed.ask("GET", "/v1/handovers", token: token) } }
                var early: [Reply] = []
                for _ in 0..<6 { if let reply = try await group.next() { early.append(reply) } }
                // At once, and not when the statement that waits for the lock is given up.
                #expect(ContinuousClock.now - began < .seconds(3))
                try other.execute("rollback")
                var late: [Reply] = []
                while let reply = try await group.next() { late.append(reply) }
                return (early, late)
            }
            #expect(replies.0.allSatisfy { $0.status == 503 && $0.code == "BUSY" && $0.headers["retry-after"] != nil })
            #expect(replies.1.allSatisfy { $0.status == 200 } && replies.1.count == 2)
        }
    }

    @Test func bodiesBeyondWhatMayBeHeldAtOneTimeAre503() async throws {
        var limits = DoorLimits()
        limits.bodyBytesHeldMax = GatewayLimits.batchBytesMax
        try await DoorBed.open(limits: limits) { bed in
            let token = try bed.token(.prisons(["MDI"]))
            var slow = try RawClient(bed.base)
            // Announces no length, so it counts as long as it may be; says a little and waits.
            let request =
                "POST /v1/events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(token)\r\nContent-Type: \(batched)\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n"
            slow.send(request)
            let event = Sample.event("custody.received", #"{"prisonId":"MDI","reason":"ADMISSION"}"#)
            var status = 202
            let deadline = Date(timeIntervalSinceNow: 15)
            while status != 503, Date() < deadline {
                // It met an event of ours under way, and was refused itself.
                if slow.hasSaid {
                    slow = try RawClient(bed.base)
                    slow.send(request)
                }
                status = try await bed.ask("POST", "/v1/events", token: token, type: structured, body: event).status
            }
            #expect(status == 503)
            slow.send("1\r\n]\r\n0\r\n\r\n")
            #expect(slow.read { $0.contains("results") }.contains("results"))
            #expect(try await bed.ask("POST", "/v1/events", token: token, type: structured, body: event).status == 202)
        }
    }

    @Test func aRequestThatComesTooSlowlyEndsItsConnection() async throws {
        var limits = DoorLimits()
        limits.idle = .seconds(1)
        limits.requestArrival = .seconds(1)
        try await DoorBed.open(limits: limits) { bed in
            let token = try bed.token(.prisons(["MDI"]))
            let starts = [
                // A head that goes on and on, a body that does, and one whose answer came before its end.
                ("GET /healthz HTTP/1.1\r\nHost: h\r\n", "X-Slow: 1\r\n"),
                (
                    "POST /v1/events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(token)\r\n"
                        + "Content-Type: \(structured)\r\nContent-Length: 100000\r\n\r\n", " "
                ),
                ("POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n", " "),
            ]
            for (start, drop) in starts {
                let client = try RawClient(bed.base)
                client.send(start)
                let began = Date()
                var isOver = false
                while !isOver, Date() < began + 15 {
                    client.send(drop)
                    isOver = client.isOver(within: 0.1)
                }
                #expect(isOver, "\(start.prefix(30)) held its connection")
            }
            #expect(try await bed.ask("GET", "/healthz", token: nil).status == 200)
        }
    }

    /// SwiftNIO's bounds: 80 KiB a field, 256 fields, 2 MiB in all.
    @Test func aHeadWithoutEndEndsItsConnection() async throws {
        try await DoorBed.open { bed in
            let heads = [
                ("X-Long: ", String(repeating: "x", count: 16_000)),
                ("", "X-Field: " + String(repeating: "x", count: 60_000) + "\r\n"),
                ("", String(repeating: "X: y\r\n", count: 50)),
            ]
            for (start, drop) in heads {
                let client = try RawClient(bed.base)
                client.send("GET /healthz HTTP/1.1\r\nHost: h\r\n" + start)
                var sent = 0
                var isOver = false
                while !isOver, sent < 8 << 20 {
                    client.send(drop)
                    sent += drop.utf8.count
                    isOver = client.isOver(within: 0.02)
                }
                #expect(isOver && sent < 4 << 20, "\(drop.prefix(9)): \(sent) bytes of a head were taken")
            }
            #expect(try await bed.ask("GET", "/healthz", token: nil).status == 200)
        }
    }

    @Test func aStreamWhoseClientTakesNothingIsEndedAndCostsLittle() async throws {
        var limits = DoorLimits()
        limits.stalledAfter = .seconds(1)
        try await DoorBed.open(limits: limits) { bed in
            let token = try bed.token(.recipient("prov-leeds"))
            try bed.lease(partition: 0, publishedThrough: 1_000_000)
            // More than the sockets' buffers on both sides hold: 24 MB.
            let large = String(repeating: "x", count: 16_000)
            for offset in 1...15 {
                try bed.seed(
                    recipient: "prov-leeds", streams: (0..<100).map { "\($0)\(large)" }, partition: 0,
                    offset: Int64(offset))
            }
            try await bed.settle()
            let before = Memory.residentMebibytes
            let clients = try (0..<GatewayLimits.streamsPerToken).map { _ in try RawClient(bed.base) }
            for client in clients { client.send(RawClient.stream(token)) }
            // Nobody reads. The place of each is given back when the hub has ended it.
            let deadline = Date(timeIntervalSinceNow: 20)
            var status = 429
            while status == 429, Date() < deadline {
                try await Task.sleep(for: .milliseconds(100))
                let client = try RawClient(bed.base)
                client.send(RawClient.stream(token))
                status = client.read { $0.contains("HTTP/1.1 ") }.contains("HTTP/1.1 200") ? 200 : 429
            }
            #expect(status == 200, "no stalled stream was ended")
            let grown = Memory.residentMebibytes - before
            #expect(grown < 100, "\(grown) MiB more")
            withExtendedLifetime(clients) {}
        }
    }
}

enum Memory {
    /// Of this process.
    static var residentMebibytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) / 1024
    }
}
