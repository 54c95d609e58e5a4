import Foundation

/// Processor time by program, from /proc: of this process, and of PostgreSQL and the broker that it started.
enum Processor {
    /// Seconds used so far. Where the kernel counts them, to the nanosecond; otherwise to its clock tick.
    static func spent() -> [String: Double] {
        var sums = ["hub": own(), "postgres": 0.0, "broker": 0.0]
        var parents: [Int32: Int32] = [:]
        var found: [(pid: Int32, name: String, seconds: Double)] = []
        let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
        for pid in pids {
            guard let process = read(pid) else { continue }
            parents[pid] = process.parent
            found.append((pid, process.name, process.seconds))
        }
        for process in found where isDescendant(process.pid, parents) {
            if process.name.hasPrefix("postgres") { sums["postgres", default: 0] += process.seconds }
            if process.name.hasPrefix("noida") { sums["broker", default: 0] += process.seconds }
        }
        return sums
    }

    /// Seconds used so far by one process of another program, all its threads.
    static func spent(by process: Int32) -> Double { read(process)?.seconds ?? 0 }

    private static func own() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Others may run servers of the same name on this machine.
    private static func isDescendant(_ pid: Int32, _ parents: [Int32: Int32]) -> Bool {
        var at = pid
        for _ in 0..<32 {
            if at == getpid() { return true }
            guard let parent = parents[at], parent > 1 else { return false }
            at = parent
        }
        return false
    }

    private static func read(_ pid: Int32) -> (name: String, parent: Int32, seconds: Double)? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let close = text.lastIndex(of: ")"), let open = text.firstIndex(of: "(")
        else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 12, let parent = Int32(fields[1]), let user = Double(fields[11]),
            let system = Double(fields[12])
        else { return nil }
        let ticks = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        return (String(text[text.index(after: open)..<close]), parent, scheduled(pid) ?? ticks)
    }

    /// Time on a processor by the scheduler's count, over all threads that still run.
    private static func scheduled(_ pid: Int32) -> Double? {
        let folder = "/proc/\(pid)/task"
        guard let tasks = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return nil }
        let spans = tasks.compactMap { task -> Double? in
            let text = try? String(contentsOfFile: "\(folder)/\(task)/schedstat", encoding: .utf8)
            return text?.split(separator: " ").first.flatMap { Double($0) }
        }
        let sum = spans.reduce(0, +)
        return sum > 0 ? sum / 1e9 : nil
    }
}
