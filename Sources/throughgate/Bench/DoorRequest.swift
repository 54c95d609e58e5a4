import Foundation

/// Blocking HTTP/1.1 to this machine, for the bench: cheap enough not to be what is measured.
struct DoorRequest {
    let port: Int
    let bytes: [UInt8]

    init(_ method: String, _ path: String, port: Int, token: String = "", headers: String = "") {
        self.port = port
        bytes = Array(
            "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n\(headers)\r\n".utf8)
    }

    /// On a connection of its own; nil when nobody answers.
    func send() -> DoorConnection.Answer? {
        let connection = DoorConnection(port: port)
        return connection?.ask(self)
    }
}

/// A connection that is kept over requests. One thread at a time.
final class DoorConnection {
    struct Answer {
        var status: Int
        var body: [UInt8]
    }

    private let descriptor: Int32
    private var rest: [UInt8] = []

    init?(port: Int) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
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
        guard status == 0 else { return nil }
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func write(_ request: DoorRequest) -> Bool {
        Glibc.send(descriptor, request.bytes, request.bytes.count, Int32(MSG_NOSIGNAL)) == request.bytes.count
    }

    /// More of what comes; nil when the other side has ended or 30 s pass in silence.
    func more() -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? buffer[..<count] : nil
    }

    /// nil: the connection is over.
    func ask(_ request: DoorRequest) -> Answer? {
        guard write(request) else { return nil }
        while true {
            if let answer = whole() { return answer }
            guard let part = more() else { return nil }
            rest += part
        }
    }

    private func whole() -> Answer? {
        guard let end = rest.firstRange(of: [13, 10, 13, 10]) else { return nil }
        let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self).lowercased()
        guard let length = head.firstMatch(of: #/content-length: (\d+)/#).flatMap({ Int($0.1) }),
            rest.count >= end.upperBound + length,
            let status = head.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        let answer = Answer(status: status, body: Array(rest[end.upperBound..<(end.upperBound + length)]))
        rest.removeSubrange(..<(end.upperBound + length))
        return answer
    }
}
