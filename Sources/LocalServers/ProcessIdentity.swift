import FoundationEssentials
import Glibc

/// One process, told apart from a later one that was given the same number: process id, start time, boot.
struct ProcessIdentity: Equatable, Sendable {
    let pid: pid_t
    /// Clock ticks after boot at which the process started (`/proc/PID/stat`, field 22).
    let startTicks: UInt64
    /// The boot that those ticks count from.
    let boot: String

    /// The running process with this number, or nil when there is none (a zombie counts as none).
    init?(pid: pid_t) {
        guard let state = ProcessTable.state(of: pid), state.status != "Z" else { return nil }
        self.pid = pid
        startTicks = state.startTicks
        boot = Self.currentBoot
    }

    /// Reads back what `text` wrote.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: " ")
        guard parts.count == 3, let pid = pid_t(parts[0]), let ticks = UInt64(parts[1]) else { return nil }
        self.pid = pid
        startTicks = ticks
        boot = String(parts[2])
    }

    /// `PID TICKS BOOT`, as records on disk keep it.
    var text: String { "\(pid) \(startTicks) \(boot)" }

    /// Whether this very process, not another with its number, still runs.
    var isAlive: Bool { ProcessIdentity(pid: pid) == self }

    /// This process.
    static var current: ProcessIdentity? { ProcessIdentity(pid: getpid()) }

    private static let currentBoot: String = {
        let text = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
        let id = text.filter { $0.isHexDigit || $0 == "-" }
        return id.isEmpty ? "unknown" : id
    }()
}

/// The little of Linux's process table that is needed to end or pause a server with everything it started.
enum ProcessTable {
    struct State {
        let status: Character
        let parent: pid_t
        let startTicks: UInt64
    }

    /// The state of one process from `/proc/PID/stat`; nil when it has ended.
    static func state(of pid: pid_t) -> State? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")  // the name before it may hold spaces and brackets
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let status = fields[0].first, let parent = pid_t(fields[1]),
            let ticks = UInt64(fields[19])
        else { return nil }
        return State(status: status, parent: parent, startTicks: ticks)
    }

    /// `root` and all living descendants, parents first. PostgreSQL's backends leave the postmaster's process group,
    /// so a group signal would miss them.
    static func family(of root: pid_t) -> [pid_t] {
        var children: [pid_t: [pid_t]] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = pid_t(name), let state = state(of: pid), state.status != "Z" else { continue }
            children[state.parent, default: []].append(pid)
        }
        var family = [root]
        var next = 0
        while next < family.count {
            family += children[family[next]] ?? []
            next += 1
        }
        return family
    }

    /// Sends SIGKILL to a process and all its descendants, parents first so that none is started anew.
    static func killFamily(of root: pid_t) {
        for pid in family(of: root) { kill(pid, SIGKILL) }
    }
}
