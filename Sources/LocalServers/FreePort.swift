import Glibc
import Synchronization

/// Ports on 127.0.0.1 that nothing uses now, for servers that must not care what else runs on the machine.
public enum FreePort {
    /// Below Linux's ephemeral range (32768 and up): a client that keeps calling a stopped server from an ephemeral
    /// port could otherwise be given the server's own port and end up connected to itself.
    private static let range = 20_000..<32_000
    private static let attemptsMax = 200
    private static let handedOut = Mutex<Set<Int>>([])

    /// A port that could be bound a moment ago and that this process has not handed out before. Somebody else may
    /// take it before the server does: callers retry with another one. Throws when 200 random ports are all taken.
    public static func next() throws -> Int {
        for _ in 0..<attemptsMax {
            let port = Int.random(in: range)
            let isNew = handedOut.withLock { $0.insert(port).inserted }
            if isNew && isFree(port) { return port }
        }
        throw LocalServerError(.socket, "no free port found; end servers that are not needed", at: "127.0.0.1")
    }

    /// Whether a listener could be bound to 127.0.0.1:`port` right now.
    public static func isFree(_ port: Int) -> Bool {
        guard let listener = try? LoopbackSocket.listen(port: port) else { return false }
        close(listener)
        return true
    }
}
