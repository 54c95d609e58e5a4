public import FoundationEssentials
import Glibc
import Synchronization

/// A local Kafka broker of this process's own, for the demo and tests. It ends with this process.
///
/// One small binary that speaks the Kafka protocol with real transactions, but not Apache Kafka: it keeps its store in
/// memory and writes it out on SIGTERM, so `stop()` and `restart()` keep everything and `kill()` loses what was
/// acknowledged last; it never expires a dead group member or an open transaction. Use a fresh folder for each run.
/// Synchronous; may be used from any thread.
public final class LocalBroker: Sendable {
    /// The port on 127.0.0.1 that clients use, the same after a restart.
    public let port: Int

    private let innerPort: Int
    private let folder: URL
    private let program: String
    private let pacer: Pacer?
    private let child: Mutex<Child?>

    private static let recordName = "broker"
    private static let readyLimit = Duration.seconds(20)
    private static let stopLimit = Duration.seconds(30)
    private static let portAttemptsMax = 5

    /// Starts a broker whose data lies in `folder` (made if missing). `port` nil takes a free one. `paced` puts a
    /// `Pacer` before it, without which every idle consumer spins at 10,000 fetches a second and more; turn it off to
    /// measure without a proxy. Throws `LocalServerError` whose message names the remedy.
    public static func start(in folder: URL, port: Int? = nil, paced: Bool = true) throws -> LocalBroker {
        try ServerFolder.make(folder)
        try ServerRecord.settle(name: recordName, in: folder)
        let program = try BrokerProgram.path()
        for attempt in 1... {
            do {
                let broker = try LocalBroker(in: folder, program: program, port: port, paced: paced)
                try broker.launch()
                return broker
            } catch let error as LocalServerError
                where [.didNotStart, .socket].contains(error.code) && attempt < portAttemptsMax
            {
                continue  // somebody else may have taken a port in between
            }
        }
        preconditionFailure("the loop above ends by return or throw")
    }

    private init(in folder: URL, program: String, port: Int?, paced: Bool) throws {
        let outer = try port ?? FreePort.next()
        self.port = outer
        self.folder = folder
        self.program = program
        innerPort = paced ? try FreePort.next() : outer
        pacer = paced ? try Pacer(port: outer, brokerPort: innerPort) : nil
        child = Mutex(nil)
    }

    deinit {
        pacer?.stop()
        child.withLock { $0?.killFamily() }
    }

    /// `127.0.0.1:PORT`, for `bootstrap.servers`.
    public var bootstrapServers: String { "127.0.0.1:\(port)" }

    /// The broker's log file.
    public var log: URL { folder.appendingPathComponent("broker.log") }

    /// Stops it in good order (SIGTERM) and waits: its store is then on disk. The port goes on refusing clients, so
    /// `restart()` finds it again.
    public func stop() throws {
        child.withLock { child in
            guard let running = child else { return }
            running.signal(SIGCONT)
            running.signal(SIGTERM)
            if !running.waitUntilEnded(Self.stopLimit) { running.killFamily() }
            child = nil
        }
        ServerRecord.remove(name: Self.recordName, in: folder)
    }

    /// Stops it if it runs, and starts it on the same port and data; returns when it answers.
    public func restart() throws {
        try stop()
        try launch()
    }

    /// Ends it with SIGKILL: what it acknowledged since its last save is lost.
    public func kill() {
        child.withLock { child in
            child?.killFamily()
            child = nil
        }
        ServerRecord.remove(name: Self.recordName, in: folder)
    }

    /// SIGSTOP: connections stay open and nothing answers.
    public func pause() { child.withLock { $0?.signal(SIGSTOP) } }

    /// Undoes `pause()`.
    public func resume() { child.withLock { $0?.signal(SIGCONT) } }

    /// Whether the broker process runs (paused or not).
    public var isRunning: Bool { child.withLock { $0.map { !$0.hasEnded } ?? false } }

    private func launch() throws {
        let data = folder.appendingPathComponent("broker", isDirectory: true)
        try ServerFolder.make(data)
        let words = ["start", "--only", "kafka", "--kafka-port", "\(innerPort)", "--data-dir", data.path]
        let started = try Child.start(
            ChildCommand(executable: program, arguments: words, log: log.path, signalWhenParentEnds: "KILL"))
        try ServerRecord.write(started, name: Self.recordName, in: folder)
        let isReady = Patience.wait(Self.readyLimit) { started.hasEnded || BrokerProbe.answers(port: innerPort) }
        if started.hasEnded {
            throw LocalServerError(.didNotStart, LogTail.text(of: log.path), at: "broker, port \(innerPort)")
        }
        guard isReady else {
            started.killFamily()
            throw LocalServerError(.didNotAnswer, LogTail.text(of: log.path), at: "broker, port \(innerPort)")
        }
        child.withLock { $0 = started }
    }
}
