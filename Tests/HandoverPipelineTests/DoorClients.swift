import Foundation
import Synchronization

/// Blocking HTTP/1.1 over sockets, for clients that live through the death of their server.
enum DoorSocket {
    struct Answer {
        var status: Int
        var body: String
    }

    /// One request on a connection of its own; nil when the server is away or dies before the answer is whole.
    static func ask(
        _ port: Int, _ method: String, _ path: String, token: String, headers: [(String, String)] = [],
        body: [UInt8] = []
    ) -> Answer? {
        guard let descriptor = open(port, request(method, path, token, headers + [("Connection", "close")], body))
        else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { bytes += buffer[..<count] }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let cut = text.range(of: "\r\n\r\n"), let status = Int(text.split(separator: " ").dropFirst().first ?? "")
        else { return nil }
        let head = text[..<cut.lowerBound].lowercased(), answer = text[cut.upperBound...]
        let length = head.firstMatch(of: #/content-length: (\d+)/#).flatMap { Int($0.1) }
        return length == answer.utf8.count ? Answer(status: status, body: String(answer)) : nil
    }

    /// A connection on which the request was sent; reading waits at most a second at a time.
    static func open(_ port: Int, _ request: [UInt8]) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard status == 0, send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    static func request(
        _ method: String, _ path: String, _ token: String, _ headers: [(String, String)], _ body: [UInt8] = []
    ) -> [UInt8] {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if method == "POST" { text += "Content-Length: \(body.count)\r\n" }
        return Array((text + "\r\n").utf8) + body
    }
}

/// What one client of the doors has seen: every delivery in order, and where it goes on.
final class DoorDiary: Sendable {
    struct Seen: Hashable {
        var id: String
        var event: String
    }

    private let seen = Mutex<[Seen]>([])
    private let ended = Atomic(false)

    func end() { ended.store(true, ordering: .relaxed) }
    var isEnded: Bool { ended.load(ordering: .relaxed) }

    /// A CloudEvent as it came. Its first `id` is its own: attributes stand before the data.
    func note(_ event: some StringProtocol) {
        guard let match = String(event).firstMatch(of: #/"id":"([^"]+)"/#) else { return }
        seen.withLock { $0.append(Seen(id: String(match.1), event: String(event))) }
    }

    var deliveries: [Seen] { seen.withLock { $0 } }

    var ids: Set<String> { Set(deliveries.map(\.id)) }

    /// Each version's first delivery in order, an id with one content only.
    var faults: [String] {
        var contents: [String: String] = [:]
        var last: [Substring: Int] = [:]
        var faults: [String] = []
        for seen in deliveries {
            if let before = contents[seen.id] {
                if before != seen.event { faults.append("\(seen.id) came with two contents") }
                continue
            }
            contents[seen.id] = seen.event
            let parts = seen.id.split(separator: "/")
            let version = Int(parts[1]) ?? 0
            if version <= last[parts[0], default: 0] { faults.append("\(seen.id) came after a later version") }
            last[parts[0]] = version
        }
        return faults
    }
}

/// Polls the feed page by page with its cursor, whatever becomes of the server.
func pollFeed(_ port: Int, _ token: String, into diary: DoorDiary) {
    var cursor = ""
    while !diary.isEnded {
        let answer = DoorSocket.ask(port, "GET", "/v1/handovers?limit=7&after=\(cursor)", token: token)
        guard let answer, answer.status == 200,
            let page = try? JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any],
            let next = page["next"] as? String
        else {
            Thread.sleep(forTimeInterval: 0.05)
            continue
        }
        // Item by item as text: what is compared are the bytes that came.
        let start = answer.body.index(answer.body.startIndex, offsetBy: #"{"handovers":["#.count)
        for part in answer.body[start...].components(separatedBy: #"{"specversion""#).dropFirst() {
            let end = part.range(of: #"],"next":"#, options: .backwards)?.lowerBound ?? part.endIndex
            diary.note(#"{"specversion""# + part[..<end].trimmingSuffix(","))
        }
        cursor = next
        if (page["more"] as? Bool) != true { Thread.sleep(forTimeInterval: 0.05) }
    }
}

/// Follows the stream and comes back with Last-Event-ID, whatever becomes of the server.
func followStream(_ port: Int, _ token: String, into diary: DoorDiary) {
    var last: String?
    while !diary.isEnded {
        let request = DoorSocket.request(
            "GET", "/v1/handovers/stream", token, last.map { [("Last-Event-ID", $0)] } ?? [])
        guard let descriptor = DoorSocket.open(port, request) else {
            Thread.sleep(forTimeInterval: 0.05)
            continue
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !diary.isEnded, case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
            // The frames of the chunked body fall between whole events: each write of the server is one chunk.
            bytes += buffer[..<count]
            while let end = bytes.firstRange(of: [10, 10]) {
                let block = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                if let id = block.firstMatch(of: #/id: (\S+)\n/#), let data = block.firstMatch(of: #/data: (.*)/#) {
                    diary.note(data.1)
                    last = String(id.1)
                }
                bytes.removeSubrange(..<end.upperBound)
            }
        }
        close(descriptor)
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ suffix: String) -> Substring {
        hasSuffix(suffix) ? dropLast(suffix.count) : self
    }
}
