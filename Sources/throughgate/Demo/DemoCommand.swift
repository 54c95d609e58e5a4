import ArgumentParser
import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import LocalServers
import Logging
import Postgres
import Synchronization
import SyntheticEstate

/// `throughgate demo`: the main job on a simulated prison estate, on a private PostgreSQL and the local broker.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Run the main job on a simulated prison estate with private servers.")

    @Option(help: "People in the estate.") var people = 300
    @Option(help: "Publish over this many seconds; 0: as fast as the broker takes it.") var seconds = 0.0
    @Option(help: "Seed of the simulation.") var seed: UInt64 = 20_260_604
    @Option(help: "Handovers shown in words as they are published, each of another kind.") var show = 24
    @Flag(help: "Show the table only.") var quiet = false
    @Flag(help: "Leave servers and hub running, and say how to look at them and stop them.") var keep = false
    @Option(help: .hidden) var keeper: String?

    func validate() throws {
        guard people >= 1 else { throw ValidationError("--people must be at least 1") }
        guard seconds >= 0 else { throw ValidationError("--seconds must not be negative") }
    }

    func run() throws {
        try DemoKeeper.endFormer()
        if keep, keeper == nil { return try DemoKeeper.launch() }
        let started = Date()
        let estate = Estate(EstatePlan(seed: seed, people: people))
        say("estate of \(estate.people.count) synthetic people, \(estate.emissions.count) records, seed \(seed)")
        let world = try DemoWorld("demo")
        defer { world.stop() }
        if let notice = world.postgres.notice { say(notice) }
        say("PostgreSQL on 127.0.0.1:\(world.postgres.port), broker on \(world.broker.bootstrapServers)")
        try world.fill(
            onboard: estate.plan.prisons,
            people: estate.people.compactMap { person in
                person.record.map { (person.noms, $0) }
            })
        try world.makeTopics(
            for: estate.plan.areas.map(\.authority), prisons: estate.plan.prisons + [estate.plan.outsidePrison],
            inboundPartitions: 6)
        say("registers and people imported, topics made (\(elapsed(since: started)) s)")
        let contradictions = try DemoRun(command: self, world: world, estate: estate).play()
        for words in contradictions { Console.note("throughgate: does not add up: \(words)") }
        guard contradictions.isEmpty else { throw CommandFailure(.internalError, "the demo does not add up") }
        say("everything adds up (\(elapsed(since: started)) s in all)")
        if let keeper { try DemoKeeper.hold(world, estate: estate, folder: keeper) }
    }

    func say(_ words: String) { Console.say("throughgate: \(words)") }

    private func elapsed(since date: Date) -> Int { Int(Date().timeIntervalSince(date).rounded()) }
}

/// One run of the hub over the estate.
private struct DemoRun {
    let command: DemoCommand
    let world: DemoWorld
    let estate: Estate

    /// Plays the estate to its end and prints the table.
    ///
    /// - Returns: what does not add up.
    func play() throws -> [String] {
        let hub = Hub(
            settings: try world.hubSettings(clock: .events),
            log: Logger(label: "demo") { _ in LogLines(level: .error, format: .text) })
        let failure = Mutex<(any Error)?>(nil)
        let ended = DispatchSemaphore(value: 0)
        let worker = StartedHub(hub) { error in
            failure.withLock { $0 = error }
            ended.signal()
        }
        defer {
            hub.stop()
            _ = ended.wait(timeout: .now() + 15)
            withExtendedLifetime(worker) {}
        }
        command.say("the hub runs with hub.clock: events from Thursday 2026-06-04")
        let watch = try DemoWatch(world, limit: command.quiet ? 0 : command.show)
        let began = Date()
        let feed = DemoFeed(topics: world.topics)
        try feed.publish(estate.emissions, to: world.kafka(), seconds: command.seconds)
        let finished = try settle(hub, failure: { failure.withLock { $0 } })
        let reading = try read()
        let shown = watch.finish()
        if !command.quiet { Console.say("\n  … \(reading.handovers.count - shown) more handovers") }
        let report = try DemoReport(
            estate: estate, status: hub.status.snapshot, reading: reading, timersTopic: world.topics.timers,
            seconds: finished.timeIntervalSince(began), ledger: world.connection())
        Console.say()
        report.print()
        Console.say()
        return report.contradictions
    }

    /// Waits until every record is accounted for and no timer that is due stands open.
    private func settle(_ hub: Hub, failure: () -> (any Error)?) throws -> Date {
        let connection = try world.connection()
        let deadline = Date(timeIntervalSinceNow: 600)
        var last = 0
        while Date() < deadline {
            if let error = failure() { throw error }
            let events = hub.status.snapshot.events.filter { $0.key.topic != world.topics.timers }
            let counted = events.reduce(0) { $0 + $1.value }
            if counted != last { Console.progress("\(counted) of \(estate.emissions.count) records") }
            last = counted
            if counted >= estate.emissions.count {
                let due: Int64 = try connection.query(
                    "select count(*)::int8 from timer where due_at <= (select max(received_at) from event)"
                ).only()[0]
                if due == 0, hub.status.snapshot.isSettled { break }
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
        Console.progress("")
        return Date()
    }

    private func read() throws -> DemoReading {
        var reading = DemoReading()
        let kafka = try world.kafka()
        let outbound = try TopicAdmin(configuration: kafka).topics().map(\.name).filter {
            $0.hasPrefix("handover.") || $0.hasPrefix("prison.tasks.") || $0 == world.topics.hubTasks
                || $0 == world.topics.rejected
        }
        let reader = try TopicReader(configuration: kafka)
        try reader.startAll(outbound)
        guard try reader.readToEnd(atMost: .seconds(60), { reading.take($0, world.topics) }) else {
            throw CommandFailure(.unavailable, "the broker did not show all topics within a minute")
        }
        return reading
    }
}

/// The hub on a thread of its own.
private final class StartedHub: Sendable {
    init(_ hub: Hub, ended: @escaping @Sendable ((any Error)?) -> Void) {
        let thread = Thread {
            do {
                try hub.run()
                ended(nil)
            } catch {
                ended(error)
            }
        }
        thread.stackSize = 1 << 20
        thread.start()
    }
}

extension HubStatus.Snapshot {
    /// Every partition has been read to its end.
    var isSettled: Bool {
        partitions.values.allSatisfy { progress in
            progress.end.map { (progress.position ?? 0) >= $0 } ?? true
        }
    }
}
