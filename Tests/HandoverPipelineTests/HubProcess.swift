import EventContracts
import Foundation
import HandoverPipeline
import LocalServers
import Testing

/// `throughgate run` as a process of its own, with a settings file and everything it says kept in a file.
final class HubProcess: @unchecked Sendable {
    let log: URL
    let httpPort: Int
    private let settings: URL
    private var process: Process?

    /// - Parameters:
    ///   - broker: stands before the broker.
    ///   - more: further parts of the settings file.
    init(
        _ test: TestHub, instance: String = "one", hold: String = "0s", clock: String = "system",
        databaseURL: String? = nil, broker: String? = nil, more: String = ""
    ) throws {
        let folder = try ServerFolder.fresh("hub-process").url
        log = folder.appendingPathComponent("log")
        settings = folder.appendingPathComponent("settings.yaml")
        httpPort = try FreePort.next()
        try Data().write(to: log)
        try Data(
            """
            kafka:
              bootstrapServers: "\(broker ?? test.bed.bootstrapServers)"
              topicPrefix: "\(test.topics.prefix)"
              properties:
                receive.message.max.bytes: "1000000000"
            postgres:
              url: "\(databaseURL ?? test.databaseURL)"
            http:
              address: "127.0.0.1:\(httpPort)"
            hub:
              instance: \(instance)
              releaseHold: \(hold)
              clock: \(clock)
            log:
              level: debug
            \(more)

            """.utf8
        ).write(to: settings)
    }

    /// The program beside the tests, or the one that THROUGHGATE_BINARY names.
    private static var program: URL {
        if let named = ProcessInfo.processInfo.environment["THROUGHGATE_BINARY"] { return URL(fileURLWithPath: named) }
        return Bundle.main.bundleURL.appendingPathComponent("throughgate")
    }

    func start() throws {
        let process = Process()
        process.executableURL = HubProcess.program
        process.arguments = ["run", "--config", settings.path]
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = process
    }

    /// Waits for an end that nobody asked for; nil when it does not come in time.
    func exitCode(within seconds: Double) -> Int32? {
        guard wait(seconds, until: { !isRunning }) else { return nil }
        defer { process = nil }
        return process?.terminationStatus
    }

    var processID: Int32 { process?.processIdentifier ?? -1 }

    var isRunning: Bool { process?.isRunning ?? false }

    /// SIGKILL, as a machine that loses its power.
    func kill() {
        guard let process else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// A command with the same settings, to its end; what it printed.
    @discardableResult
    func command(_ words: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = HubProcess.program
        process.arguments = words + ["--config", settings.path]
        process.standardOutput = output
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(words)")
        return String(decoding: said, as: UTF8.self)
    }

    /// A figure of /proc/PID/status in MiB: VmRSS, VmHWM.
    func mebibytes(_ field: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(field + ":") }
        return (line?.split(whereSeparator: { " \t".contains($0) }).compactMap { Int($0) }.first ?? 0) / 1024
    }

    /// SIGTERM; the exit code and how long it took.
    func stop() -> (code: Int32, seconds: Double) {
        guard let process else { return (-1, 0) }
        let began = Date()
        process.terminate()
        process.waitUntilExit()
        self.process = nil
        return (process.terminationStatus, Date().timeIntervalSince(began))
    }

    var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// The answer to GET on the hub's own address; nil while nobody answers.
    func get(_ path: String) -> (status: Int, body: String)? {
        guard let url = URL(string: "http://127.0.0.1:\(httpPort)\(path)") else { return nil }
        return Plain.get(url)
    }

    func saysItWaits(for part: String) -> Bool {
        get("/readyz").map { $0.status == 503 && $0.body.contains(part) } ?? false
    }

    /// Asks until the condition holds or the time is over.
    func wait(_ seconds: Double, until condition: () throws -> Bool) rethrows -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline {
            if try condition() { return true }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return try condition()
    }
}

/// A blocking HTTP/1.1 GET over a socket: all that the tests need.
enum Plain {
    static func get(_ url: URL) -> (status: Int, body: String)? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(url.port ?? 80).bigEndian
        address.sin_addr.s_addr = inet_addr(url.host ?? "127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return nil }
        let request = "GET \(url.path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        _ = request.withCString { send(descriptor, $0, strlen($0), 0) }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
            answer += buffer[0..<count]
        }
        let text = String(decoding: answer, as: UTF8.self)
        guard let status = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        return (status, text.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n"))
    }
}
