import Foundation
import Gateway
import HandoverRules
import Testing

/// A plain socket that says what it likes and reads only when told to: independent of any HTTP client.
final class RawClient {
    private let descriptor: Int32
    private(set) var text = ""

    init(_ base: String) throws {
        let port = try #require(UInt16(base.split(separator: ":").last ?? ""))
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var small: Int32 = 4096
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &small, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Sends all of it, or as much as the other side takes before it closes.
    func send(_ request: String) {
        var rest = Array(request.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }

    /// Whether an answer, or an end, has come and was not read.
    var hasSaid: Bool {
        var look = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&look, 1, 0) > 0
    }

    /// Whether the other side has closed, looked at for at most this long; what it says meanwhile is read.
    func isOver(within seconds: Double) -> Bool {
        var look = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&look, 1, Int32(seconds * 1000)) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 4096)
        return recv(descriptor, &buffer, buffer.count, 0) <= 0
    }

    /// Reads on until the text is complete, the other side closes, or 20 s pass in silence.
    func read(until isDone: (String) -> Bool) -> String {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !isDone(text) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return text
    }

    static func stream(_ token: String, _ more: String = "") -> String {
        "GET /v1/handovers/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n\(more)\r\n"
    }
}

@Suite("PostgreSQL: handovers as server-sent events", .serialized)
struct StreamTests {
    private func ids(_ text: String) -> [String] {
        text.matches(of: /id: ([A-Za-z0-9_-]+)\n/).map { String($0.1) }
    }

    private func markers(_ text: String) -> [String] {
        text.matches(of: /"marker":"([^"]+)"/).map { String($0.1) }
    }

    @Test func aStreamGoesOnAsHandoversArePublishedAndWhereLastEventIDSays() async throws {
        try await DoorBed.open { bed in
            let token = try bed.token(.recipient("prov-leeds"))
            try bed.lease(partition: 0, publishedThrough: 1000)
            try bed.seed(recipient: "prov-leeds", streams: ["one", "two"], partition: 0, offset: 1)
            try bed.seed(recipient: "ps-yh", streams: ["other"], partition: 0, offset: 2)
            let client = try RawClient(bed.base)
            client.send(RawClient.stream(token))
            let first = client.read { markers($0).count == 2 }
            #expect(
                first.contains("content-type: text/event-stream") || first.contains("Content-Type: text/event-stream"))
            #expect(markers(first) == ["one", "two"])
            try bed.seed(recipient: "prov-leeds", streams: ["three"], partition: 0, offset: 3)
            #expect(markers(client.read { markers($0).count == 3 }) == ["one", "two", "three"])
            let again = try RawClient(bed.base)
            again.send(RawClient.stream(token, "Last-Event-ID: \(ids(first)[0])\r\n"))
            #expect(markers(again.read { markers($0).count == 2 }) == ["two", "three"])
        }
    }

    @Test func aStreamOfManyIsWholeInOrderAndOnce() async throws {
        try await DoorBed.open { bed in
            let token = try bed.token(.recipient("prov-leeds"))
            try bed.lease(partition: 0, publishedThrough: 1000)
            let expected = (0..<157).map { "m\($0)" }
            try bed.seed(recipient: "prov-leeds", streams: expected, partition: 0, offset: 1)
            let client = try RawClient(bed.base)
            client.send(RawClient.stream(token))
            #expect(markers(client.read { markers($0).count >= expected.count }) == expected)
        }
    }

    @Test func aStreamEndsWithItsToken() async throws {
        try await DoorBed.open { bed in
            let made = try TokenStore.create(.recipient("prov-leeds"), lifetime: nil, on: bed.connection)
            let client = try RawClient(bed.base)
            client.send(RawClient.stream(made.token))
            #expect(client.read { $0.contains("retry: 2000") }.contains("200 OK"))
            _ = try TokenStore.revoke(made.record.id, on: bed.connection)
            // The end of a chunked body.
            #expect(client.read { $0.hasSuffix("0\r\n\r\n") }.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func moreStreamsThanATokenMayHaveAreRefusedAndEndedOnesAreGivenBack() async throws {
        try await DoorBed.open { bed in
            let token = try bed.token(.recipient("prov-leeds"))
            var clients: [RawClient] = []
            for _ in 0..<GatewayLimits.streamsPerToken {
                let client = try RawClient(bed.base)
                client.send(RawClient.stream(token))
                #expect(client.read { $0.contains("retry: 2000") }.contains("200 OK"))
                clients.append(client)
            }
            let refused = try await bed.ask("GET", "/v1/handovers/stream", token: token)
            #expect(refused.status == 429 && refused.headers["retry-after"] != nil)
            clients.removeAll()
            let deadline = Date(timeIntervalSinceNow: 30)
            var answer = ""
            while Date() < deadline, !answer.contains("200 OK") {
                let client = try RawClient(bed.base)
                client.send(RawClient.stream(token))
                answer = client.read { $0.contains("retry: 2000") || $0.contains("problem+json") }
            }
            #expect(answer.contains("200 OK"))
        }
    }
}
