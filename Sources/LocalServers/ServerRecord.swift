import FoundationEssentials
import Glibc

/// The file `NAME.server` beside a running server: who it is and who started it, so that a later run can end what an
/// interrupted one left, and can never end a stranger that was given the same process number.
struct ServerRecord {
    static let suffix = ".server"

    let server: ProcessIdentity
    let owner: ProcessIdentity

    /// Writes the record of a child of this process.
    static func write(_ child: Child, name: String, in folder: URL) throws {
        guard let server = child.identity, let owner = ProcessIdentity.current else { return }
        let text = "server \(server.text)\nowner \(owner.text)\n"
        try Data(text.utf8).write(to: file(name, in: folder), options: .atomic)
    }

    static func remove(name: String, in folder: URL) {
        try? FileManager.default.removeItem(at: file(name, in: folder))
    }

    /// Ends the server that a record in `folder` names if its owner is gone; throws if a living process uses it.
    static func settle(name: String, in folder: URL) throws {
        guard let record = ServerRecord(at: file(name, in: folder)) else { return }
        if record.server.isAlive {
            guard !record.owner.isAlive else {
                throw LocalServerError(
                    .folderUnusable, "process \(record.owner.pid) runs a \(name) here; end it or use another folder",
                    at: folder.path)
            }
            record.endServer()
        }
        remove(name: name, in: folder)
    }

    init?(at file: URL) {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
        var found: [Substring: ProcessIdentity] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            if parts.count == 2 { found[parts[0]] = ProcessIdentity(parts[1]) }
        }
        guard let server = found["server"], let owner = found["owner"] else { return nil }
        self.server = server
        self.owner = owner
    }

    /// SIGKILL for the recorded server and its descendants, and waits until it is gone.
    func endServer() {
        guard server.isAlive else { return }
        let family = ProcessTable.family(of: server.pid)
        for member in family { kill(member, SIGKILL) }
        _ = Patience.wait(.seconds(10)) { family.allSatisfy { ProcessIdentity(pid: $0) == nil } }
    }

    private static func file(_ name: String, in folder: URL) -> URL { folder.appendingPathComponent(name + suffix) }
}
