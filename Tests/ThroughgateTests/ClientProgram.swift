import Foundation

/// The independent clients of `scripts/clients`, run with the packages that `scripts/clients.sh` installs.
enum ClientProgram {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static var python: String {
        ProcessInfo.processInfo.environment["THROUGHGATE_CLIENTS_PYTHON"]
            ?? root.appending(path: ".throughgate/clients/bin/python").path
    }

    static var isThere: Bool { FileManager.default.isExecutableFile(atPath: python) }

    /// Starts one; what it says goes nowhere, unless somebody takes it.
    static func start(
        _ name: String, _ arguments: [String], input: Pipe? = nil, output: Pipe? = nil
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["-I", root.appending(path: "scripts/clients/\(name)").path] + arguments
        if let input { process.standardInput = input }
        process.standardOutput = output ?? FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }
}
