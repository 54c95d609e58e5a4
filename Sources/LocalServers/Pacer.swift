import Glibc
import Synchronization

/// A byte-transparent TCP proxy that gives the local broker the manners of Apache Kafka towards idle consumers.
///
/// Apache Kafka holds a fetch for `fetch.wait.max.ms` when there is nothing to read; the local broker answers at once,
/// so an idle consumer takes more than a core. The pacer holds an answer without records for 2 ms, and longer (16 ms at
/// most, never longer than the client asked for) while nothing comes. It changes one thing in what it forwards: the
/// port that the broker advertises, so that clients come back through the pacer.
///
/// It listens as long as it lives: while the broker is away, a client is accepted and closed at once. One accepting
/// thread, two threads a connection, blocking sockets.
public final class Pacer: Sendable {
    /// The port clients use on 127.0.0.1.
    public let port: Int
    /// The port the broker listens on.
    public let brokerPort: Int

    /// What the network between clients and broker is like.
    public enum Weather: Sendable, Equatable {
        case fair
        /// Connections break at once and new ones are closed, as by a firewall that answers.
        case cut
        /// Connections stay and nothing comes through; what was on its way arrives when the weather is fair again.
        case silent
        /// Each request and each answer takes so much longer.
        case slow(milliseconds: Int)
    }

    private struct State {
        var listener: Int32
        var isStopped = false
        var weather = Weather.fair
        var connections: [ObjectIdentifier: PacedConnection] = [:]
    }

    private let state: Mutex<State>

    /// Listens at once. Throws when `port` is taken.
    public init(port: Int, brokerPort: Int) throws {
        self.port = port
        self.brokerPort = brokerPort
        let listener = try LoopbackSocket.listen(port: port)
        state = Mutex(State(listener: listener))
        SpawningThread.detach { [weak self] in
            while let client = LoopbackSocket.accept(listener) {
                guard let self else {
                    close(client)
                    break
                }
                self.serve(client)
            }
            close(listener)
        }
    }

    /// Stops listening and closes every connection. Calling it again does nothing.
    public func stop() {
        let open = state.withLock { state in
            if !state.isStopped { shutdown(state.listener, Int32(SHUT_RDWR)) }
            state.isStopped = true
            return Array(state.connections.values)
        }
        for connection in open { connection.end() }
    }

    deinit { stop() }

    /// Changes the network for open and new connections; at once.
    public func set(_ weather: Weather) {
        let open = state.withLock { state in
            state.weather = weather
            return weather == .cut ? Array(state.connections.values) : []
        }
        for connection in open { connection.end() }
    }

    /// Holds a frame as the weather asks.
    private func delay() {
        while true {
            switch state.withLock({ $0.isStopped ? .fair : $0.weather }) {
            case .fair, .cut: return
            case .slow(let milliseconds): return Pacer.sleep(milliseconds)
            case .silent: Pacer.sleep(20)
            }
        }
    }

    private static func sleep(_ milliseconds: Int) { usleep(UInt32(clamping: max(0, milliseconds) * 1_000)) }

    private func serve(_ client: Int32) {
        let isCut = state.withLock { $0.weather == .cut }
        guard !isCut, let broker = try? LoopbackSocket.connect(port: brokerPort) else {
            close(client)
            return
        }
        let connection = PacedConnection(client: client, broker: broker, ports: (brokerPort, port)) { [weak self] in
            self?.delay()
        }
        let isOpen = state.withLock { state in
            if !state.isStopped, state.weather != .cut { state.connections[ObjectIdentifier(connection)] = connection }
            return !state.isStopped && state.weather != .cut
        }
        guard isOpen else { return }
        connection.start { [weak self] in
            self?.state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
        }
    }
}
