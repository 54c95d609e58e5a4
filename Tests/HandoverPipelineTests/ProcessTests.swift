import Foundation
import HandoverPipeline
import HandoverRules
import LocalServers
import Postgres
import Testing

@Suite("local broker: the hub as a process", .serialized)
struct ProcessTests {
    @Test func aSecondProcessOfOneNameEndsWith78AndNamesTheSetting() throws {
        let test = try TestHub()
        let first = try HubProcess(test), second = try HubProcess(test)
        try first.start()
        defer { first.kill() }
        #expect(first.wait(15) { first.get("/readyz")?.status == 200 })
        try second.start()
        defer { second.kill() }
        #expect(second.exitCode(within: 20) == 78)
        #expect(second.output.contains("hub.instance"))
        #expect(first.get("/readyz")?.status == 200)
    }

    @Test func aServerThatIsAwayAtStartIs69() throws {
        let test = try TestHub(bed: TestBed.ownServers())
        try #require(test.bed.ownPostgres).stop()
        let hub = try HubProcess(test)
        try hub.start()
        defer { hub.kill() }
        #expect(hub.exitCode(within: 20) == 69)
        #expect(hub.output.contains("postgres.url"))
    }

    @Test func aDatabaseThatWasNotMigratedIs78AndNamesTheCommand() throws {
        let test = try TestHub()
        _ = try test.query("create database \(unsafeRaw: test.bareDatabase)")
        let cut = test.databaseURL.lastIndex(of: "/") ?? test.databaseURL.endIndex
        let hub = try HubProcess(test, databaseURL: test.databaseURL[..<cut] + "/" + test.bareDatabase)
        try hub.start()
        defer { hub.kill() }
        #expect(hub.exitCode(within: 20) == 78)
        #expect(hub.output.contains("throughgate migrate"))
    }

    @Test(arguments: ["stopped", "frozen"])
    func anEndWhilePostgreSQLIsAwayComesWithinTenSeconds(how: String) throws {
        let test = try TestHub(bed: TestBed.ownServers())
        let crowd = Crowd(40, seed: 111)
        try test.register(crowd)
        let events = crowd.interleaved(seed: 111)
        let hub = try HubProcess(test)
        try hub.start()
        defer { hub.kill() }
        #expect(hub.wait(15) { hub.get("/readyz")?.status == 200 })
        try test.publish(Array(events.prefix(100)))
        let server = try #require(test.bed.ownPostgres)
        if how == "stopped" { try server.stop() } else { server.pause() }
        try test.publish(Array(events.dropFirst(100)))
        if how == "stopped" {
            #expect(hub.wait(20) { hub.get("/readyz").map { $0.status == 503 } ?? false })
        } else {
            // Long enough to be in the middle of a statement that nobody answers.
            #expect(!hub.wait(2) { !hub.isRunning })
        }
        let (code, seconds) = hub.stop()
        print("end while PostgreSQL is \(how): exit \(code) after \(seconds) s")
        #expect(code == 0)
        #expect(seconds < 10)
        if how == "stopped" { try server.restart() } else { server.resume() }
        try hub.start()
        #expect(try hub.wait(30) { try test.isDone(crowd.eventCount) }, "\(hub.output.suffix(2_000))")
        #expect(hub.stop().code == 0)
        #expect(try test.deliveryFaults() == [])
        try crowd.check(test)
    }

    /// Figures for the record; the limits are far above what was measured.
    @Test func itIsReadySoonAndRestsWhenThereIsNothingToDo() throws {
        let test = try TestHub()
        let crowd = Crowd(100, seed: 112)
        try test.register(crowd)
        let hub = try HubProcess(test)
        var starts: [Double] = []
        for _ in 0..<3 {
            let began = Date()
            try hub.start()
            #expect(hub.wait(20) { hub.get("/readyz")?.status == 200 })
            starts.append(Date().timeIntervalSince(began))
            if starts.count < 3 { #expect(hub.stop().code == 0) }
        }
        defer { hub.kill() }
        try test.publish(crowd.interleaved(seed: 112))
        #expect(try hub.wait(40) { try test.isDone(crowd.eventCount) })
        let before = try ProcessTests.ticks(hub.processID), began = Date()
        while Date().timeIntervalSince(began) < 20 { Thread.sleep(forTimeInterval: 0.5) }
        let busy = Double(try ProcessTests.ticks(hub.processID) - before) / 100 / Date().timeIntervalSince(began)
        let resident = try ProcessTests.residentMebibytes(hub.processID)
        print("ready after \(starts) s; idle: \(busy * 100) % of a core, \(resident) MiB resident")
        #expect(starts.allSatisfy { $0 < 15 })
        #expect(busy < 0.5)
        #expect(resident < 512)
        #expect(hub.stop().code == 0)
    }

    /// CPU time of user and system in hundredths of a second.
    private static func ticks(_ process: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        let fields = text.split(separator: ")").last.map { $0.split(separator: " ") } ?? []
        return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
    }

    private static func residentMebibytes(_ process: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) / 1024
    }
}

extension TestHub {
    fileprivate var bareDatabase: String { "bare_" + topics.prefix.dropLast() }
}
