import Foundation
import LocalServers
import Testing

/// A receiver of webhooks under TLS that verifies each (scripts/clients/receiver.py), and answers 200.
final class HookReceiver {
    private let folder: ServerFolder
    private let process = Process()
    let port: Int

    init(_ secret: String, _ identity: TestAuthority.Identity) throws {
        folder = try ServerFolder.fresh("hook-receiver")
        let log = folder.url.appendingPathComponent("log"), mode = folder.url.appendingPathComponent("mode")
        try Data("200".utf8).write(to: mode)
        process.executableURL = URL(fileURLWithPath: LagTruthBed.python)
        process.arguments = [
            "-I", LagTruthBed.root.appending(path: "scripts/clients/receiver.py").path, "0", secret, log.path,
            mode.path, "127.0.0.1", identity.certificate, identity.key,
        ]
        try process.run()
        port = try #require(Int(FirstLine.of(log)))
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        folder.discard()
    }

    /// A line for each request: `200 ID ok 1`.
    var lines: [String] {
        let text = (try? String(contentsOf: folder.url.appendingPathComponent("log"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").dropFirst().map(String.init)
    }
}

/// The first line of a file that another program begins to write.
enum FirstLine {
    /// Empty where none came within 20 s.
    static func of(_ file: URL) -> String {
        let deadline = Date(timeIntervalSinceNow: 20)
        while Date() < deadline {
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            if let end = text.firstIndex(of: "\n") { return String(text[..<end]) }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return ""
    }
}
