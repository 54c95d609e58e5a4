import ArgumentParser
import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import LocalServers
import Logging
import Postgres
import SyntheticEstate

/// `throughgate bench`: throughput of the main job from first to last commit, on private servers on this machine,
/// beside what the same machine does in the same run without the job: reading the same records and committing their
/// offsets. The ratio is what can be compared between machines.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure the main job (events per second, and where the time goes).",
        shouldDisplay: false)

    @Option(help: "People; each gets seven events.") var people = 20_000
    @Option(help: "Partitions of each inbound topic.") var partitions = 6
    @Option(help: "Seed of the load.") var seed: UInt64 = 1
    @Flag(help: "Print what each statement cost PostgreSQL (needs the extension pg_stat_statements).")
    var statements = false

    func run() throws {
        let world = try DemoWorld("bench", postgresSettings: statements ? StatementCosts.settings : [:])
        defer { world.stop() }
        let events = people * 7
        let start =
            HandoverRules.Instant(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000)
            - .seconds(Int64(events / 1_000 + 60))
        let load = SyntheticLoad(people: people, events: events, seed: seed, start: start)
        let areas = HomeArea.pilot.map(\.authority)
        try world.fill(onboard: EstatePlan.pilotPrisons, people: load.people)
        try world.makeTopics(for: areas, prisons: EstatePlan.pilotPrisons, inboundPartitions: partitions)
        Console.say("throughgate: \(people) people, \(events) events, seed \(seed), \(partitions) partitions a topic")
        try publish(load, to: world)
        if statements { try StatementCosts.begin(world) }
        let floor = try copyFloor(world, events)
        let job = try mainJob(world, events)
        report(events, floor: floor, job: job, world)
        if statements { for line in try StatementCosts.lines(world, events: events) { Console.say(line) } }
    }

    private func publish(_ load: SyntheticLoad, to world: DemoWorld) throws {
        let producer = try EventProducer(configuration: world.kafka(), clientName: "throughgate-bench-load")
        defer { producer.close() }
        let encoder = EventEncoder(topics: world.topics)
        var slice: [OutboundMessage] = []
        for event in load {
            slice.append(try OutboundMessage(encoder.record(of: event)))
            if slice.count == 10_000 {
                for case .failed(let error) in producer.send(slice) { throw error }
                slice = []
            }
        }
        for case .failed(let error) in producer.send(slice) { throw error }
    }

    /// Reads everything through a session of its own and commits the offsets in transactions, without any work.
    private func copyFloor(_ world: DemoWorld, _ events: Int) throws -> Double {
        let session = ExactlyOnceSession(
            configuration: try world.kafka(),
            settings: SessionSettings(
                group: "bench-floor", instance: "bench-floor", transactionalID: "bench-floor",
                topics: world.topics.inbound))
        try session.start()
        defer { session.close() }
        var began: Date?
        var count = 0
        while count < events {
            let polled = try session.poll(max: HubLimits.batchRecordsMax, timeout: HubLimits.pollWait)
            var offsets: [TopicPartition: Int64] = [:]
            for case .record(let record) in polled.events {
                offsets[record.source] = record.offset + 1
                count += 1
            }
            guard !offsets.isEmpty else { continue }
            began = began ?? Date()
            _ = try session.publish([], offsets: offsets, epoch: polled.epoch)
        }
        return Double(events) / Date().timeIntervalSince(began ?? Date())
    }

    private struct Job {
        var seconds: Double
        var status: HubStatus.Snapshot
        var processor: [String: Double]
    }

    /// The hub over the whole load, releases going out at once.
    private func mainJob(_ world: DemoWorld, _ events: Int) throws -> Job {
        let hub = Hub(
            settings: try world.hubSettings(clock: .system, hold: .zero),
            log: Logger(label: "bench") { _ in LogLines(level: .error, format: .text) })
        let before = Processor.spent()
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            do { try hub.run() } catch { Console.note("throughgate: \(error)") }
            ended.signal()
        }
        var first: Date?
        var counted = 0
        let deadline = Date(timeIntervalSinceNow: 900)
        while counted < events, Date() < deadline {
            let snapshot = hub.status.snapshot
            counted = snapshot.events.filter { $0.key.topic != world.topics.timers }.reduce(0) { $0 + $1.value }
            if first == nil, counted > 0 { first = Date() }
            Thread.sleep(forTimeInterval: 0.01)
        }
        let seconds = Date().timeIntervalSince(first ?? Date())
        let after = Processor.spent()
        let status = hub.status.snapshot
        hub.stop()
        _ = ended.wait(timeout: .now() + 15)
        guard counted >= events else { throw CommandFailure(.internalError, "the bench did not finish in 900 s") }
        return Job(
            seconds: seconds, status: status,
            processor: after.merging(before) { later, earlier in later - earlier })
    }

    private func report(_ events: Int, floor: Double, job: Job, _ world: DemoWorld) {
        let rate = Double(events) / job.seconds
        func line(_ name: String, _ value: String) {
            Console.say("  \(name.padding(toLength: 44, withPad: " ", startingAt: 0))\(value)")
        }
        line("main job, events a second", String(Int(rate)))
        line("floor: read and commit offsets only", String(Int(floor)))
        line("ratio", String(format: "%.3f", rate / floor))
        line("seconds from first to last commit", String(format: "%.1f", job.seconds))
        line("kafka transactions", String(job.status.commits))
        for stage in HubStatus.Stage.allCases {
            guard let histogram = job.status.stages[stage], histogram.count > 0 else { continue }
            line("busy in \(stage.rawValue), seconds", String(format: "%.1f", histogram.sum))
        }
        for (name, seconds) in job.processor.sorted(by: { $0.key < $1.key }) {
            let each = seconds / Double(events) * 1_000_000
            line("processor, \(name)", String(format: "%.1f s, %.1f µs an event", seconds, each))
        }
        let published = job.status.published.reduce(into: 0) { sum, tally in
            if case .handover = tally.key { sum += tally.value }
        }
        line("handovers published", String(published))
    }
}
