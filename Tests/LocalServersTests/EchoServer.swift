import Foundation
import Glibc
import LocalServers

/// A stand-in for a broker: answers every request with its correlation id and its body.
final class EchoServer: Sendable {
    let port: Int
    private let listener: Int32

    init() throws {
        port = try FreePort.next()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, listen(listener, 16) == 0 else { throw KafkaWire.NoAnswer() }
        let waiting = listener
        Thread.detachNewThread {
            while case let client = accept(waiting, nil, nil), client >= 0 {
                Thread.detachNewThread { Self.answer(client) }
            }
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func answer(_ client: Int32) {
        defer { close(client) }
        while let length = read(client, 4), let frame = read(client, Int(Wire.Reader(length).peekInt32())) {
            // request: api key 2, version 2, correlation 4, client id "test" 6, body
            let answer = Array(frame[4..<8]) + Array(frame[14...])
            let bytes = Wire.int32(Int32(answer.count)) + answer
            var done = 0
            while done < bytes.count {
                let sent = bytes.withUnsafeBytes {
                    send(client, $0.baseAddress! + done, min(100_000, bytes.count - done), Int32(MSG_NOSIGNAL))
                }
                guard sent > 0 else { return }
                done += sent
            }
        }
    }

    private static func read(_ client: Int32, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { recv(client, $0.baseAddress! + done, count - done, 0) }
            guard got > 0 else { return nil }
            done += got
        }
        return bytes
    }
}

extension KafkaWire {
    /// Sends `body` to an `EchoServer` and returns what comes back.
    func echo(_ body: [UInt8], api: Int16 = 18, version: Int16 = 0) throws -> [UInt8] {
        var answer = try ask(api: api, version: version, body: body)
        return answer.bytes(Int.max)
    }
}
