import Foundation
import LocalServers
import Testing

@Suite("local servers: private PostgreSQL", .serialized)
struct PrivatePostgresTests {
    @Test("starts, keeps rows over restart and SIGKILL, and is gone after stop")
    func lifeOfAServer() throws {
        let folder = try ServerFolder.fresh("pg-life")
        defer { folder.discard() }
        let server = try PrivatePostgres.start(in: folder.url)
        #expect(server.url == "postgres://throughgate@127.0.0.1:\(server.port)/throughgate")
        try psql(server.url, "create table kept (n int); insert into kept values (41)")
        try server.restart()
        try psql(server.url, "update kept set n = n + 1")
        server.kill()
        #expect(!server.isRunning)
        #expect(throws: (any Error).self) { try psql(server.url, "select 1") }
        try server.restart()
        #expect(try psql(server.url, "select n from kept") == "42")
        try server.stop()
        #expect(FreePort.isFree(server.port))
    }

    @Test("databases made by name are empty and separate; a strange name is refused")
    func databasesByName() throws {
        let folder = try ServerFolder.fresh("pg-names")
        defer { folder.discard() }
        let server = try PrivatePostgres.start(in: folder.url, settings: quick)
        let one = try server.createDatabase(named: "one")
        let two = try server.createDatabase(named: "two_2")
        try psql(one, "create table only_here (n int)")
        #expect(try psql(two, "select count(*) from pg_tables where schemaname = 'public'") == "0")
        #expect(throws: LocalServerError.self) { try server.createDatabase(named: "x; drop database one") }
        #expect(throws: LocalServerError.self) { try server.createDatabase(named: "") }
        try server.stop()
    }

    @Test("speaks UTF-8 and UTC whatever the machine's locale and time zone")
    func localeAndZone() throws {
        let folder = try ServerFolder.fresh("pg-locale")
        defer { folder.discard() }
        let server = try PrivatePostgres.start(in: folder.url, settings: ["max_connections": "17", "fsync": "off"])
        #expect(try psql(server.url, "show server_encoding") == "UTF8")
        #expect(try psql(server.url, "select datcollate from pg_database where datname = 'throughgate'") == "C")
        #expect(try psql(server.superuserURL, "show timezone") == "UTC")
        #expect(try psql(server.url, "show max_connections") == "17")
        #expect(try psql(server.superuserURL, "show unix_socket_directories") == "")
        try server.stop()
    }

    @Test("paused it does not answer, resumed it does")
    func pauseAndResume() throws {
        let folder = try ServerFolder.fresh("pg-pause")
        defer { folder.discard() }
        let server = try PrivatePostgres.start(in: folder.url, settings: quick)
        server.pause()
        #expect(throws: (any Error).self) { try psql(server.url + "?connect_timeout=2", "select 1") }
        server.resume()
        #expect(try psql(server.url, "select 1") == "1")
        try server.stop()
    }

    @Test("a folder in use is refused, and its files are used again after a stop")
    func folderInUse() throws {
        let folder = try ServerFolder.fresh("pg-again")
        defer { folder.discard() }
        let first = try PrivatePostgres.start(in: folder.url, settings: quick)
        try psql(first.url, "create table kept (n int)")
        #expect(throws: LocalServerError.self) { try PrivatePostgres.start(in: folder.url, settings: quick) }
        try first.stop()
        let second = try PrivatePostgres.start(in: folder.url, settings: quick)
        #expect(try psql(second.url, "select count(*) from kept") == "0")
        try second.stop()
    }
}

/// For servers that these tests do not kill: a shutdown on a busy disk takes seconds otherwise.
private let quick = ["fsync": "off"]

/// Runs one statement with PostgreSQL's own client and returns its output.
@discardableResult
private func psql(_ url: String, _ statement: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw PsqlFailed() }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
}

private struct PsqlFailed: Error {}
