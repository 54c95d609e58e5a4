import Foundation
import LocalServers
import Testing

@Suite("local servers: leftovers", .serialized)
struct LeftoversTests {
    /// A process that cannot be: its number was used before, in another boot.
    private static let nobody = "1 1 another-boot"

    @Test("servers and folders of a dead process are swept, the living are left alone")
    func sweepsTheDead() throws {
        let folder = try ServerFolder.fresh("sweep-dead")
        let run = folder.url.deletingLastPathComponent()
        let inner = folder.url.appendingPathComponent("inner", isDirectory: true)
        let server = try PrivatePostgres.start(in: inner)
        let broker = try LocalBroker.start(in: folder.url, paced: false)
        ServerFolder.sweep(run)
        #expect(server.isRunning && broker.isRunning)

        let files = FileManager.default
        let recorded = inner.appendingPathComponent("cluster-folder")
        let cluster = (try? String(contentsOf: recorded, encoding: .utf8))?.trimmingCharacters(in: .newlines)
        try Data(Self.nobody.utf8).write(to: folder.url.appendingPathComponent("owner"))
        #expect(ServerFolder.sweep(run).contains(folder.url.lastPathComponent))
        #expect(!server.isRunning && !broker.isRunning)
        #expect(!files.fileExists(atPath: folder.url.path))
        if let cluster { #expect(!files.fileExists(atPath: cluster)) }
    }

    @Test("a server that an ended process left in a folder is ended before a new one starts there")
    func takesOverAFolder() throws {
        let folder = try ServerFolder.fresh("sweep-take")
        defer { folder.discard() }
        let old = try PrivatePostgres.start(in: folder.url)
        let record = folder.url.appendingPathComponent("postgres.server")
        let text = try String(contentsOf: record, encoding: .utf8)
        let server = text.split(separator: "\n").first { $0.hasPrefix("server ") } ?? ""
        try Data("\(server)\nowner \(Self.nobody)\n".utf8).write(to: record)
        let new = try PrivatePostgres.start(in: folder.url)
        #expect(!old.isRunning && new.isRunning)
        try new.stop()
    }

    @Test("a process that was given the number of an old server is never ended")
    func sparesStrangers() throws {
        let folder = try ServerFolder.fresh("sweep-stranger")
        let stranger = Process()
        stranger.executableURL = URL(fileURLWithPath: "/bin/sleep")
        stranger.arguments = ["60"]
        try stranger.run()
        defer { stranger.terminate() }
        let record = "server \(stranger.processIdentifier) 1 another-boot\nowner \(Self.nobody)\n"
        try Data(record.utf8).write(to: folder.url.appendingPathComponent("postgres.server"))
        folder.discard()
        #expect(stranger.isRunning)
    }

    @Test("a damaged record of a cluster folder removes nothing")
    func sparesOtherFolders() throws {
        let folder = try ServerFolder.fresh("sweep-damaged")
        let precious = try ServerFolder.fresh("sweep-precious")
        defer { precious.discard() }
        let record = folder.url.appendingPathComponent("cluster-folder")
        try Data((precious.url.path + "\n").utf8).write(to: record)
        folder.discard()
        #expect(FileManager.default.fileExists(atPath: precious.url.path))
    }
}
