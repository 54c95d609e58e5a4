import Foundation
import HandoverPipeline
import LocalServers
import SyntheticEstate

/// `demo --keep`: a background process that owns the servers and runs the hub until it is told to stop.
enum DemoKeeper {
    private static func folder() throws -> URL {
        let folder = try ServerFolder.home().appendingPathComponent("kept", isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Ends a keeper that an earlier demo left; its servers end with it.
    static func endFormer() throws {
        let pidFile = try folder().appendingPathComponent("pid")
        guard let text = try? String(contentsOf: pidFile, encoding: .utf8), let pid = Int32(text.prefix { $0 != "\n" }),
            pid != getpid(), isThroughgate(pid)
        else { return }
        kill(pid, SIGTERM)
        let deadline = Date(timeIntervalSinceNow: 15)
        while isThroughgate(pid), Date() < deadline { Thread.sleep(forTimeInterval: 0.1) }
        try? FileManager.default.removeItem(at: pidFile)
    }

    private static func isThroughgate(_ pid: Int32) -> Bool {
        let line = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/cmdline"))
        return line.map { String(decoding: $0, as: UTF8.self).contains("--keeper") } ?? false
    }

    /// Starts the keeper in a session of its own, shows what it says until it is ready, and leaves it there.
    static func launch() throws {
        let folder = try folder()
        let log = folder.appendingPathComponent("output")
        let ready = folder.appendingPathComponent("ready")
        try? FileManager.default.removeItem(at: ready)
        try Data().write(to: log)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
        let program = try ownProgram()
        process.arguments = [program] + CommandLine.arguments.dropFirst() + ["--keeper", folder.path]
        let output = try FileHandle(forWritingTo: log)
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let reading = try FileHandle(forReadingFrom: log)
        while true {
            let isOver = !process.isRunning || FileManager.default.fileExists(atPath: ready.path)
            Console.write([UInt8](reading.readDataToEndOfFile()), to: 1)
            if isOver { break }
            Thread.sleep(forTimeInterval: 0.1)
        }
        guard process.isRunning else { exit(process.terminationStatus) }
    }

    /// In the keeper: writes the settings file, says how to use it, and runs the hub until SIGTERM.
    static func hold(_ world: DemoWorld, estate: Estate, folder: String) throws {
        let home = URL(fileURLWithPath: folder, isDirectory: true)
        let port = try FreePort.next()
        let settings = home.appendingPathComponent("settings.yaml")
        try Data(
            """
            # Written by `throughgate demo --keep`; private servers on this machine.
            \(world.settings(http: port))
            hub:
              instance: demo
              clock: events

            """.utf8
        ).write(to: settings)
        try Data("\(getpid())\n".utf8).write(to: home.appendingPathComponent("pid"))
        let program = try ownProgram()
        defer { for name in ["pid", "ready", "settings.yaml"] { discard(home.appendingPathComponent(name)) } }
        Console.say("")
        Console.say("Left running. Ready-made commands:")
        for words in [
            "subscribe --recipient prov-leeds --from earliest --config \(settings.path)",
            "lag --config \(settings.path)", "rejected list --config \(settings.path)",
            "check --config \(settings.path)",
        ] { Console.say("  \(program) \(words)") }
        Console.say("  curl http://127.0.0.1:\(port)/readyz")
        Console.say("  kill \(getpid())        # stops hub, broker and PostgreSQL")
        let hub = Process()
        hub.executableURL = URL(fileURLWithPath: program)
        hub.arguments = ["run", "--config", settings.path]
        let log = home.appendingPathComponent("hub.log")
        try Data().write(to: log)
        hub.standardError = try FileHandle(forWritingTo: log)
        Console.say("  the hub's log: \(log.path)")
        try hub.run()
        let stop = DispatchSemaphore(value: 0)
        signal(SIGTERM, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
        source.setEventHandler { stop.signal() }
        source.resume()
        try Data().write(to: home.appendingPathComponent("ready"))
        stop.wait()
        hub.terminate()
        hub.waitUntilExit()
    }

    /// Where this very program lies, whatever it was called by.
    static func ownProgram() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }

    private static func discard(_ file: URL) { try? FileManager.default.removeItem(at: file) }
}
