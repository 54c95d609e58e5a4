public import FoundationEssentials
import Glibc
import Synchronization

/// A PostgreSQL server of this process's own: a free port on 127.0.0.1, no Unix socket, trust authentication, its own
/// files. It ends with this process, however this process ends. For the demo, tests and benchmarks with synthetic data.
///
/// Synchronous; may be used from any thread. Durability settings are PostgreSQL's defaults (fsync on), so a `kill()`
/// loses no committed transaction.
public final class PrivatePostgres: Sendable {
    /// The port on 127.0.0.1, the same after a restart.
    public let port: Int
    /// Where the files lie, and why, when that is not the given folder; nil otherwise. One line for a person.
    public let notice: String?

    private let folder: URL
    private let programs: String
    private let cluster: ClusterFolder
    private let settings: [String: String]
    private let child: Mutex<Child?>

    private static let recordName = "postgres"
    private static let readyLimit = Duration.seconds(60)
    private static let stopLimit = Duration.seconds(30)
    private static let portAttemptsMax = 5
    private static let alwaysSet = [
        "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "dynamic_shared_memory_type": "mmap",
        "timezone": "UTC", "log_timezone": "UTC", "lc_messages": "C",
    ]

    /// Starts a server whose files lie in `folder` (made if missing; as root in the system's temporary directory, see
    /// `notice`) and makes the database `throughgate`, owned by the ordinary role `throughgate`. Files of an earlier
    /// server in the same folder are used again; one that an ended process left running is ended first.
    /// `settings` are passed as `-c name=value`; `volume` takes the files instead of the usual place; with an
    /// `identity` it offers TLS to whoever asks. Throws `LocalServerError` whose message names the remedy.
    public static func start(
        in folder: URL, settings: [String: String] = [:], volume: SmallVolume? = nil,
        identity: TestAuthority.Identity? = nil
    ) throws -> PrivatePostgres {
        try ServerFolder.make(folder)
        try ServerRecord.settle(name: recordName, in: folder)
        let programs = try PostgresPrograms.folder()
        let cluster = try ClusterFolder.place(for: folder, below: volume?.path)
        cluster.forgetDeadPostmaster()
        let isNew = !FileManager.default.fileExists(atPath: "\(cluster.path)/PG_VERSION")
        if isNew { try initialise(cluster, programs: programs, folder: folder) }
        var settings = settings
        if let identity {
            settings["ssl"] = "on"
            try cluster.keep(identity.certificate, as: "server.crt")
            try cluster.keep(identity.key, as: "server.key")
        }
        for attempt in 1... {
            let server = PrivatePostgres(
                port: try FreePort.next(), folder: folder, programs: programs, cluster: cluster, settings: settings)
            do {
                try server.launch()
                if isNew { try server.makeRoleAndDatabase() }
                return server
            } catch let error as LocalServerError where error.code == .didNotStart && attempt < portAttemptsMax {
                continue  // somebody else may have taken the port in between
            }
        }
        preconditionFailure("the loop above ends by return or throw")
    }

    private init(port: Int, folder: URL, programs: String, cluster: ClusterFolder, settings: [String: String]) {
        self.port = port
        self.folder = folder
        self.programs = programs
        self.cluster = cluster
        self.settings = settings
        notice =
            cluster.user == nil
            ? nil
            : "PostgreSQL refuses to run as root: it runs as the user postgres with its files in \(cluster.path)"
                + " (make clean removes them)"
        child = Mutex(nil)
    }

    deinit { child.withLock { $0?.killFamily() } }

    /// The database `throughgate` as its owner: an ordinary role, as in production.
    public var url: String { url(database: "throughgate") }

    /// Another database as the owner of `throughgate`.
    public func url(database: String) -> String { "postgres://throughgate@127.0.0.1:\(port)/\(database)" }

    /// The database `postgres` as superuser, for what tests do to the server itself.
    public var superuserURL: String { superuserURL(database: "postgres") }

    /// Another database as superuser.
    public func superuserURL(database: String) -> String { "postgres://postgres@127.0.0.1:\(port)/\(database)" }

    /// The server's log file.
    public var log: URL { folder.appendingPathComponent("postgres.log") }

    /// Makes an empty database owned by `throughgate` and returns its URL. `name`: lower-case letters, digits and `_`,
    /// a letter first, at most 63 characters.
    public func createDatabase(named name: String) throws -> String {
        let letters = Set("abcdefghijklmnopqrstuvwxyz")
        guard let first = name.first, letters.contains(first), name.utf8.count <= 63,
            name.allSatisfy({ letters.contains($0) || $0 == "_" || ("0"..."9").contains($0) })
        else {
            throw LocalServerError(.commandFailed, "a database name is a-z, 0-9 and _, a letter first", at: "database")
        }
        try execute(["create database \(name) owner throughgate"])
        return url(database: name)
    }

    /// Stops it in good order (transactions in hand are rolled back) and waits until it is gone. Its files stay.
    public func stop() throws {
        child.withLock { child in
            guard let running = child else { return }
            running.signalFamily(SIGCONT)
            running.signal(SIGINT)
            if !running.waitUntilEnded(Self.stopLimit) { running.killFamily() }
            child = nil
        }
        ServerRecord.remove(name: Self.recordName, in: folder)
    }

    /// Ends postmaster and backends with SIGKILL, as a pulled plug would.
    public func kill() {
        child.withLock { child in
            child?.killFamily()
            child = nil
        }
        ServerRecord.remove(name: Self.recordName, in: folder)
    }

    /// Stops it if it runs, and starts it on the same port and files; returns when it takes connections.
    public func restart() throws {
        try stop()
        try launch()
    }

    /// Stops every process of the server with SIGSTOP: connections stay open and nothing answers.
    public func pause() { child.withLock { $0?.signalFamily(SIGSTOP) } }

    /// Undoes `pause()`.
    public func resume() { child.withLock { $0?.signalFamily(SIGCONT) } }

    /// Whether the postmaster runs (paused or not).
    public var isRunning: Bool { child.withLock { $0.map { !$0.hasEnded } ?? false } }

    // MARK: - Starting

    private static func initialise(_ cluster: ClusterFolder, programs: String, folder: URL) throws {
        let words = [
            "-D", cluster.path, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync",
            "--no-instructions",
        ]
        let log = folder.appendingPathComponent("initdb.log").path
        try Child.run(
            ChildCommand(
                executable: "\(programs)/initdb", arguments: words, log: log, signalWhenParentEnds: "KILL",
                user: cluster.user), limit: readyLimit)
    }

    private func launch() throws {
        cluster.forgetDeadPostmaster()
        var all = settings.merging(Self.alwaysSet) { _, ours in ours }
        all["port"] = String(port)
        let words = ["-D", cluster.path] + all.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
        let started = try Child.start(
            ChildCommand(
                executable: "\(programs)/postgres", arguments: words, log: log.path, signalWhenParentEnds: "INT",
                user: cluster.user))
        try ServerRecord.write(started, name: Self.recordName, in: folder)
        let isReady = Patience.wait(Self.readyLimit) { started.hasEnded || saysReady(started.pid) }
        if started.hasEnded {
            throw LocalServerError(.didNotStart, LogTail.text(of: log.path), at: "PostgreSQL, port \(port)")
        }
        guard isReady else {
            started.killFamily()
            throw LocalServerError(.didNotAnswer, LogTail.text(of: log.path), at: "PostgreSQL, port \(port)")
        }
        child.withLock { $0 = started }
    }

    /// The postmaster writes its state into line 8 of postmaster.pid, as pg_ctl reads it.
    private func saysReady(_ pid: pid_t) -> Bool {
        guard let data = FileManager.default.contents(atPath: "\(cluster.path)/postmaster.pid") else { return false }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count > 7 && lines[0] == "\(pid)" && lines[7].hasPrefix("ready")
    }

    private func makeRoleAndDatabase() throws {
        try execute(["create role throughgate login", "create database throughgate owner throughgate"])
    }

    private func execute(_ statements: [String]) throws {
        let words = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", superuserURL] + statements.flatMap { ["-c", $0] }
        let log = folder.appendingPathComponent("psql.log").path
        try Child.run(
            ChildCommand(executable: "\(programs)/psql", arguments: words, log: log, signalWhenParentEnds: "KILL"),
            limit: Self.readyLimit)
    }
}
