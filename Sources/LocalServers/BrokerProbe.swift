import Glibc

/// Asks a broker the first question of the Kafka protocol, so that "started" means "answers".
enum BrokerProbe {
    private static let answerMilliseconds = 500
    private static let correlation: [UInt8] = [0x54, 0x47, 0x41, 0x31]
    /// An answer lists some 60 requests at 6 bytes each; anything far larger is not one.
    private static let answerBytesMax = 64 << 10

    /// Whether 127.0.0.1:`port` answers an ApiVersions request (key 18, version 0) without an error.
    static func answers(port: Int) -> Bool {
        guard let socket = try? LoopbackSocket.connect(port: port) else { return false }
        defer { close(socket) }
        LoopbackSocket.limit(socket, milliseconds: answerMilliseconds)
        // length 10, api key 18, api version 0, correlation id, client id null
        let request: [UInt8] = [0, 0, 0, 10, 0, 18, 0, 0] + correlation + [0xff, 0xff]
        guard request.withUnsafeBytes({ LoopbackSocket.writeAll(socket, $0) }) else { return false }
        var head = [UInt8](repeating: 0, count: 10)
        guard head.withUnsafeMutableBytes({ LoopbackSocket.readExactly(socket, into: $0) }) else { return false }
        let length = head[0..<4].reduce(0) { $0 << 8 | Int($1) }
        let isOurs = (6...answerBytesMax).contains(length) && Array(head[4..<8]) == correlation
        return isOurs && head[8...] == [0, 0]  // no error
    }
}
