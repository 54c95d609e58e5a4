import FoundationEssentials
import Glibc
import Synchronization

/// A program to start: what, with which words, under whom.
struct ChildCommand: Sendable {
    var executable: String
    var arguments: [String]
    /// File that takes standard output and error, appended.
    var log: String
    /// What Linux sends the child when this process ends, however it ends. nil leaves it running.
    var signalWhenParentEnds: String?
    /// The user to become (needs root), or nil to stay who we are.
    var user: SystemUser?
}

/// A child process started with `posix_spawn`.
///
/// swift-subprocess and Foundation.Process are not used: the first only lends a child inside an async closure, the
/// second can neither close inherited descriptors nor name the thread that the child's life hangs on.
/// Children get default signals, no inherited descriptor (a child must not keep the parent's ports open), `/` as
/// working directory (the user they run as may not be able to enter ours) and a fixed small environment, so that the
/// machine's LANG, TZ or PG* variables cannot matter.
final class Child: Sendable {
    let pid: pid_t
    let identity: ProcessIdentity?
    private let status = Mutex<Int32?>(nil)

    private init(pid: pid_t) {
        self.pid = pid
        identity = ProcessIdentity(pid: pid)
    }

    /// Starts the program; returns at once.
    static func start(_ command: ChildCommand) throws -> Child {
        let result = SpawningThread.shared.run { spawn(command) }
        guard result.pid > 0 else {
            throw LocalServerError(
                .didNotStart, "\(String(cString: strerror(result.error))); run `make setup`", at: command.executable)
        }
        return Child(pid: result.pid)
    }

    /// Runs a short program to its end; throws with the last lines of its output unless it exits 0.
    static func run(_ command: ChildCommand, limit: Duration) throws {
        let child = try start(command)
        guard child.waitUntilEnded(limit) else {
            child.signal(SIGKILL)
            _ = child.waitUntilEnded(.seconds(5))
            throw LocalServerError(.commandFailed, "took longer than \(limit)", at: command.executable)
        }
        guard child.exitStatus == 0 else {
            throw LocalServerError(.commandFailed, LogTail.text(of: command.log), at: command.executable)
        }
    }

    /// The wait status once the child has ended, nil while it runs.
    var exitStatus: Int32? {
        status.withLock { known in
            if let known { return known }
            var raw: Int32 = 0
            let result = waitpid(pid, &raw, WNOHANG)
            if result == pid { known = raw } else if result < 0 && errno == ECHILD { known = -1 }
            return known
        }
    }

    var hasEnded: Bool { exitStatus != nil }

    /// Sends a signal unless the child has ended.
    func signal(_ number: Int32) {
        if !hasEnded { kill(pid, number) }
    }

    /// Waits; answers whether the child has ended within `limit`.
    func waitUntilEnded(_ limit: Duration) -> Bool { Patience.wait(limit) { hasEnded } }

    /// SIGKILL for the child and all its descendants, and waits until none is left.
    func killFamily() {
        guard !hasEnded else { return }
        let family = ProcessTable.family(of: pid)
        for member in family { kill(member, SIGKILL) }
        _ = waitUntilEnded(.seconds(10))
        _ = Patience.wait(.seconds(10)) {
            family.dropFirst().allSatisfy { ProcessTable.state(of: $0).map { $0.status == "Z" } ?? true }
        }
    }

    /// A signal for the child and all its descendants, parents first.
    func signalFamily(_ number: Int32) {
        guard !hasEnded else { return }
        for member in ProcessTable.family(of: pid) { kill(member, number) }
    }

    // MARK: - posix_spawn

    private static func spawn(_ command: ChildCommand) -> (pid: pid_t, error: Int32) {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, 1, command.log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&files, 1, 2)
        SpawnExtensions.closeAll(from: 3, in: &files)
        SpawnExtensions.start(in: "/", &files)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)  // a Ctrl-C at the terminal reaches us, who then stop the servers
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let arguments = words(of: command)
        var words = arguments.map { strdup($0) } + [nil]
        var environment = environment.map { strdup($0) } + [nil]
        defer { for pointer in words + environment { free(pointer) } }
        var pid = pid_t()
        let error = posix_spawn(&pid, arguments[0], &files, &attributes, &words, &environment)
        return error == 0 ? (pid, 0) : (-1, error)
    }

    private static func words(of command: ChildCommand) -> [String] {
        var prefix: [String] = []
        if let user = command.user {
            prefix += ["--reuid=\(user.id)", "--regid=\(user.group)", "--clear-groups"]
        }
        if let signal = command.signalWhenParentEnds { prefix += ["--pdeathsig=\(signal)"] }
        let words = [command.executable] + command.arguments
        return prefix.isEmpty ? words : ["/usr/bin/setpriv"] + prefix + ["--"] + words
    }

    private static let environment: [String] = {
        var values = ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "LANG=C.UTF-8", "TZ=UTC", "HOME=/"]
        if let libraries = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] {
            values.append("LD_LIBRARY_PATH=\(libraries)")
        }
        return values
    }()
}
