import Foundation
import LocalServers

/// The built program, run as a user runs it.
struct Program {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Runs it to its end; the environment holds nothing but `environment`.
    static func run(_ arguments: [String], environment: [String: String] = [:], input: String = "") throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tg-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let places = ["in", "out", "err"].map { folder.appendingPathComponent($0) }
        for place in places { try Data().write(to: place) }
        try Data(input.utf8).write(to: places[0])
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.environment = environment
        process.standardInput = try FileHandle(forReadingFrom: places[0])
        process.standardOutput = try FileHandle(forWritingTo: places[1])
        process.standardError = try FileHandle(forWritingTo: places[2])
        try process.run()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: try String(contentsOf: places[1], encoding: .utf8),
            errors: try String(contentsOf: places[2], encoding: .utf8))
    }

    /// A hub that runs until it is ended.
    static func hub(_ settings: URL) throws -> Process {
        let process = Process()
        process.executableURL = url
        process.arguments = ["run", "--config", settings.path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// A file with this content for the length of the closure.
    static func withFile<Value>(_ content: String, _ body: (String) throws -> Value) throws -> Value {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("tg-\(UUID().uuidString).yaml")
        try Data(content.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try body(file.path)
    }

    /// The program beside the tests, or the one that THROUGHGATE_BINARY names.
    static var url: URL {
        if let named = ProcessInfo.processInfo.environment["THROUGHGATE_BINARY"] { return URL(fileURLWithPath: named) }
        return Bundle.main.bundleURL.appendingPathComponent("throughgate")
    }
}
