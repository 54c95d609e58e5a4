import Foundation
import Glibc

/// A few requests of the Kafka protocol over a blocking socket: enough to see what a broker and the pacer answer.
/// All integers big-endian, layouts of the old, fixed versions.
final class KafkaWire {
    struct NoAnswer: Error {}

    private let descriptor: Int32
    private var correlation: Int32 = 0

    init(port: Int, seconds: Int = 5) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw NoAnswer() }
    }

    deinit { close(descriptor) }

    /// Metadata v1 of all topics: advertised ports and topic names.
    func metadata() throws -> (ports: [Int], topics: [String]) {
        var answer = try ask(api: 3, version: 1, body: Wire.int32(-1))
        var ports: [Int] = []
        for _ in 0..<answer.int32() {
            _ = answer.int32()
            _ = answer.string()
            ports.append(answer.int32())
            _ = answer.string()
        }
        _ = answer.int32()
        var topics: [String] = []
        for _ in 0..<answer.int32() {
            _ = answer.int16()
            topics.append(answer.string())
            _ = answer.bytes(1)
            for _ in 0..<answer.int32() {
                _ = answer.bytes(10)
                _ = answer.bytes(4 * answer.int32())
                _ = answer.bytes(4 * answer.int32())
            }
        }
        return (ports, topics)
    }

    /// FindCoordinator v0.
    func coordinatorPort(group: String) throws -> Int {
        var answer = try ask(api: 10, version: 0, body: Wire.string(group))
        guard answer.int16() == 0 else { throw NoAnswer() }
        _ = answer.int32()
        _ = answer.string()
        return answer.int32()
    }

    /// CreateTopics v2, one partition.
    func createTopic(_ name: String) throws {
        let topic = Wire.string(name) + Wire.int32(1) + Wire.int16(1) + Wire.int32(0) + Wire.int32(0)
        var answer = try ask(api: 19, version: 2, body: Wire.int32(1) + topic + Wire.int32(5_000) + [0])
        _ = answer.bytes(8)
        _ = answer.string()
        guard answer.int16() == 0 else { throw NoAnswer() }
    }

    /// Fetch v4 of partition 0 from `offset`; returns the size of the records in the answer.
    func fetch(_ topic: String, from offset: Int64, waitMilliseconds: Int32 = 500) throws -> Int {
        let partition = Wire.int32(0) + Wire.int64(offset) + Wire.int32(1 << 20)
        let head = Wire.int32(-1) + Wire.int32(waitMilliseconds) + Wire.int32(1) + Wire.int32(1 << 20) + [0]
        let body = head + Wire.int32(1) + Wire.string(topic) + Wire.int32(1) + partition
        var answer = try ask(api: 1, version: 4, body: body)
        _ = answer.bytes(4)
        guard answer.int32() == 1 else { throw NoAnswer() }
        _ = answer.string()
        _ = answer.bytes(8)
        guard answer.int16() == 0 else { throw NoAnswer() }
        _ = answer.bytes(16)
        _ = answer.bytes(16 * max(0, answer.int32()))
        return answer.int32()
    }

    func ask(api: Int16, version: Int16, body: [UInt8]) throws -> Wire.Reader {
        correlation += 1
        let request = Wire.int16(api) + Wire.int16(version) + Wire.int32(correlation) + Wire.string("test") + body
        let frame = Wire.int32(Int32(request.count)) + request
        guard send(descriptor, frame, frame.count, Int32(MSG_NOSIGNAL)) == frame.count else { throw NoAnswer() }
        var length = Wire.Reader(try read(4))
        var answer = Wire.Reader(try read(length.int32()))
        guard answer.int32() == Int(correlation) else { throw NoAnswer() }
        return answer
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + done, count - done, 0) }
            guard got > 0 else { throw NoAnswer() }
            done += got
        }
        return bytes
    }
}

/// Kafka's primitive types to and from bytes.
enum Wire {
    static func int16(_ value: Int16) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }
    static func int32(_ value: Int32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }
    static func int64(_ value: Int64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }
    static func string(_ text: String) -> [UInt8] { int16(Int16(text.utf8.count)) + Array(text.utf8) }

    struct Reader {
        private var rest: ArraySlice<UInt8>
        init(_ bytes: [UInt8]) { rest = bytes[...] }

        mutating func bytes(_ count: Int) -> [UInt8] {
            defer { rest = rest.dropFirst(max(0, count)) }
            return Array(rest.prefix(max(0, count)))
        }
        func peekInt32() -> Int {
            var copy = self
            return copy.int32()
        }
        mutating func int16() -> Int { Int(bytes(2).reduce(Int16(0)) { $0 << 8 | Int16($1) }) }
        mutating func int32() -> Int { Int(bytes(4).reduce(Int32(0)) { $0 << 8 | Int32($1) }) }
        mutating func string() -> String { String(decoding: bytes(int16()), as: UTF8.self) }
    }
}
