import ArgumentParser
import EventContracts
import ExactlyOnceKafka
import Foundation
import Gateway
import HandoverPipeline
import HandoverRules
import LocalServers
import Postgres
import SyntheticEstate

/// `throughgate bench-doors`: stream clients and feed requests beside the running pipeline, on private servers on this
/// machine. The hub is a process of its own, so that its memory is its own.
struct DoorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-doors", abstract: "Measure the HTTP doors beside the running main job.",
        shouldDisplay: false)

    @Option(help: "People; each gets seven events.") var people = 3_000
    @Option(help: "Clients of the event stream at one time.") var streams = 100
    @Option(help: "Requests of the feed a second.") var requests = 500
    @Option(help: "Threads that send them.") var pollers = 10
    @Option(help: "Seconds over which the events are published.") var seconds = 20
    @Option(help: "Seed of the load.") var seed: UInt64 = 1

    /// After the last event is recorded: how long the clients may take to have everything.
    private static let patience: TimeInterval = 60

    func validate() throws {
        guard people > 0, streams > 0, requests > 0, pollers > 0, seconds > 0 else {
            throw ValidationError("every number must be at least 1")
        }
    }

    func run() throws {
        let world = try DemoWorld("bench-doors")
        defer { world.stop() }
        let events = people * 7
        let start = Wall.now() - .seconds(Int64(events / 1_000 + 60))
        let load = SyntheticLoad(people: people, events: events, seed: seed, start: start)
        try world.fill(onboard: EstatePlan.pilotPrisons, people: load.people)
        try world.makeTopics(
            for: HomeArea.pilot.map(\.authority), prisons: EstatePlan.pilotPrisons, inboundPartitions: 3)
        let hub = try BenchHub(world)
        defer { hub.stop() }
        let connection = try world.connection()
        let readers = try DoorReaders(
            port: hub.port, connection: connection, recipients: recipients(connection), streams: streams)
        let before = hub.residentMebibytes
        readers.start(pollers: pollers, perSecond: requests)
        let began = Date()
        try publish(load, events, to: world)
        try waitUntilRecorded(events, connection)
        let job = Date().timeIntervalSince(began)
        let expected = try self.expected(connection, among: readers.recipients)
        let deadline = Date(timeIntervalSinceNow: DoorsCommand.patience)
        while readers.missing(of: expected) > 0, Date() < deadline { Thread.sleep(forTimeInterval: 0.1) }
        let after = hub.residentMebibytes
        readers.stop()
        try report(events, job, readers, expected, memory: (before, after))
    }

    /// Evenly over the time, so that doors and pipeline work side by side.
    private func publish(_ load: SyntheticLoad, _ events: Int, to world: DemoWorld) throws {
        let producer = try EventProducer(configuration: world.kafka(), clientName: "throughgate-bench-load")
        defer { producer.close() }
        let encoder = EventEncoder(topics: world.topics)
        let began = Date()
        var slice: [OutboundMessage] = []
        var sent = 0
        let size = max(1, events / (seconds * 10))
        for event in load {
            slice.append(try OutboundMessage(encoder.record(of: event)))
            sent += 1
            guard slice.count == size || sent == events else { continue }
            for case .failed(let error) in producer.send(slice) { throw error }
            slice = []
            let due = began.addingTimeInterval(Double(seconds) * Double(sent) / Double(events))
            Thread.sleep(forTimeInterval: max(0, due.timeIntervalSinceNow))
        }
    }

    private func waitUntilRecorded(_ events: Int, _ connection: PostgresConnection) throws {
        let deadline = Date(timeIntervalSinceNow: 300)
        while Date() < deadline {
            let count: Int = try connection.query(
                """
                select (select count(*) from event where type <> 'hub.timer.fired') + (select count(*) from rejected)
                """
            ).only()[0]
            // What is recorded last becomes visible with its Kafka transaction.
            let isShown = try connection.query(
                """
                select 1 from message m
                where not held and not exists (select 1 from door_item d where d.seq = m.seq) limit 1
                """
            ).isEmpty
            if count >= events, isShown { return }
            Thread.sleep(forTimeInterval: 0.2)
        }
        throw CommandFailure(.internalError, "the pipeline did not finish in 300 s")
    }

    /// Recipients that will have most: those of the areas where the load lives.
    private func recipients(_ connection: PostgresConnection) throws -> [String] {
        try connection.query(
            """
            select distinct p.provider_id from provider p join coverage c using (provider_id)
            where c.utla = any(\(HomeArea.pilot.map(\.authority.text))) and p.kind in ('DRUG_SERVICE',
                'PROBATION_REGION') and (c.valid_to is null or c.valid_to >= '2026-01-01')
            order by 1
            """
        ).map { try $0.text(0) }
    }

    /// Every version that each recipient must have seen.
    private func expected(
        _ connection: PostgresConnection, among recipients: Set<String>
    ) throws -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        for row in try connection.query("select recipient_id, stream_id, version from message where not held") {
            guard let recipient: String = try row[0], recipients.contains(recipient) else { continue }
            let id = (try row[1] as UUID).uuidString.lowercased()
            found[recipient, default: []].insert("\(id)/\(try row[2] as Int32)")
        }
        return found
    }

    private func report(
        _ events: Int, _ job: Double, _ readers: DoorReaders, _ expected: [String: Set<String>],
        memory: (before: Int, after: Int)
    ) throws {
        func line(_ name: String, _ value: String) {
            Console.say("  \(name.padding(toLength: 44, withPad: " ", startingAt: 0))\(value)")
        }
        let figures = readers.figures
        let lost = readers.missing(of: expected)
        line("events a second, published and recorded", String(Int(Double(events) / job)))
        line("stream clients, recipients", "\(streams), \(readers.recipients.count)")
        line("handovers to see, delivered over streams", "\(readers.toSee(expected)), \(figures.delivered)")
        line(
            "feed requests due, answered, a second",
            String(format: "%d, %.1f", requests, Double(figures.requests) / figures.seconds))
        line("from when due to answered, p50, p99, ms", String(format: "%.1f, %.1f", figures.median, figures.high))
        line("refused or failed requests", String(figures.failed))
        line("memory of the hub before, after, MiB", "\(memory.before), \(memory.after)")
        line("lost", String(lost))
        guard lost == 0, readers.toSee(expected) > 0 else {
            throw CommandFailure(.internalError, "a client did not see everything")
        }
    }
}

/// `throughgate run` beside the bench, on the bench's servers.
private final class BenchHub {
    let port: Int
    private let process = Process()

    init(_ world: DemoWorld) throws {
        port = try FreePort.next()
        let settings = world.folder.url.appendingPathComponent("settings.yaml")
        try Data(
            """
            \(world.settings(http: port))
            hub:
              instance: bench
              releaseHold: 0s
            log:
              level: error

            """.utf8
        ).write(to: settings)
        process.executableURL = URL(fileURLWithPath: try DemoKeeper.ownProgram())
        process.arguments = ["run", "--config", settings.path]
        try process.run()
        let deadline = Date(timeIntervalSinceNow: 30)
        while DoorRequest("GET", "/readyz", port: port).send()?.status != 200 {
            guard process.isRunning, Date() < deadline else {
                throw CommandFailure(.internalError, "the hub of the bench did not start")
            }
            Thread.sleep(forTimeInterval: 0.1)
        }
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    var residentMebibytes: Int {
        let text = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = text?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) / 1024
    }
}
