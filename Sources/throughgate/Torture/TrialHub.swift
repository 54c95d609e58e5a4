import Foundation
import LocalServers

/// `throughgate run` as a process of its own on the servers of a trial. THROUGHGATE_BINARY names another build of the
/// program than this one.
final class TrialHub {
    let name: String
    let port: Int
    /// Everything that the hub says.
    let log: URL
    private let settings: URL
    private var process: Process?

    /// - Parameter more: lines below `hub:`, indented by two.
    init(_ world: DemoWorld, name: String, broker: String? = nil, more: String = "") throws {
        self.name = name
        port = try FreePort.next()
        settings = world.folder.url.appendingPathComponent("hub-\(name).yaml")
        log = world.folder.url.appendingPathComponent("hub-\(name).log")
        try Data().write(to: log)
        try Data(
            """
            \(world.settings(http: port, broker: broker))
            hub:
              instance: \(name)
              releaseHold: 0s
            \(more)
            """.utf8
        ).write(to: settings)
    }

    func start() throws {
        let process = Process()
        let named = ProcessInfo.processInfo.environment["THROUGHGATE_BINARY"]
        // The hub must not outlive the trial, however that ends. Start it on the main thread: Linux keeps the promise
        // for the thread that started it.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        process.arguments = [
            "--pdeathsig", "KILL", "--", try named ?? DemoKeeper.ownProgram(), "run", "--config", settings.path,
        ]
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = process
    }

    var processID: Int32? { hasEnded ? nil : process?.processIdentifier }

    /// By the kernel: Foundation was seen to miss the end of a process for ever when another one started beside it.
    private var hasEnded: Bool {
        guard let process,
            let text = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return true }
        return text[name...].dropFirst(2).first == "Z"
    }

    /// The exit status of a hub that ended by itself; nil while it runs, or was never started.
    var endedWith: Int32? {
        guard let process, hasEnded else { return nil }
        let deadline = Date(timeIntervalSinceNow: 1)
        while process.isRunning, Date() < deadline { Thread.sleep(forTimeInterval: 0.01) }
        guard process.isRunning else { return process.terminationStatus }
        var status: Int32 = 0
        return waitpid(process.processIdentifier, &status, WNOHANG) > 0 ? (status >> 8) & 0xff : -1
    }

    private func waitForEnd(_ seconds: Double) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while !hasEnded, Date() < deadline { Thread.sleep(forTimeInterval: 0.01) }
    }

    /// What it said last.
    var lastLine: String {
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").last.map(String.init) ?? ""
    }

    var isReady: Bool { DoorRequest("GET", "/readyz", port: port).send()?.status == 200 }

    func signal(_ number: Int32) {
        if let processID { Foundation.kill(processID, number) }
    }

    /// SIGKILL, as a machine that loses its power.
    func kill() {
        signal(SIGKILL)
        waitForEnd(10)
        process = nil
    }

    /// SIGTERM, and SIGKILL after half a minute.
    ///
    /// - Returns: the exit status, and how many seconds the end took.
    @discardableResult
    func stop() -> (status: Int32, seconds: Double) {
        guard process != nil else { return (-1, 0) }
        let began = Date()
        signal(SIGTERM)
        waitForEnd(30)
        let seconds = Date().timeIntervalSince(began)
        if !hasEnded {
            kill()
            return (-1, seconds)
        }
        let status = endedWith ?? -1
        process = nil
        return (status, seconds)
    }

    /// A line of /proc/PID/status in MiB: VmRSS, VmHWM, RssAnon.
    func mebibytes(_ field: String) -> Double? {
        guard let processID,
            let text = try? String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix(field + ":") })
        else { return nil }
        return line.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap { Double($0) }
            .map { $0 / 1024 }
    }
}
