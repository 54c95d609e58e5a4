import ArgumentParser
import EventContracts
import ExactlyOnceKafka
import FaultTrials
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import SyntheticEstate

/// `throughgate soak`: one hub under a steady load for a long time, and whether its memory grows.
struct SoakCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak", abstract: "Watch a hub's memory under a steady load (private servers).",
        shouldDisplay: false)

    @Option(help: "How long.") var minutes = 60.0
    @Option(help: "Events a second.") var rate = 30.0
    @Option(help: "Seed of the load.") var seed: UInt64 = 1
    @Option(help: "MiB an hour that count as no growth.") var tolerance = 1.0

    /// People whose stories are told side by side before the next ones come.
    private static let cohort = 100
    private static let eventsEach = 7
    private static let sampleSeconds = 5.0

    func validate() throws {
        guard minutes > 0, rate > 0 else { throw ValidationError("--minutes and --rate must be above 0") }
    }

    func run() throws {
        let events = Int(minutes * 60 * rate)
        let people = max(1, events / SoakCommand.eventsEach / SoakCommand.cohort) * SoakCommand.cohort
        let load = SyntheticLoad(
            people: people, events: people * SoakCommand.eventsEach, seed: seed,
            start: Wall.now() - .seconds(Int64(people * SoakCommand.eventsEach / 1_000 + 60)))
        let world = try DemoWorld("soak")
        defer { world.stop() }
        try world.fill(onboard: EstatePlan.pilotPrisons, people: load.people)
        try world.makeTopics(
            for: HomeArea.pilot.map(\.authority), prisons: EstatePlan.pilotPrisons, inboundPartitions: 3)
        let pacer = try world.front()
        defer { pacer.stop() }
        let hub = try TrialHub(
            world, name: "soak", broker: "127.0.0.1:\(pacer.port)", more: "log:\n  level: error\n")
        try hub.start()
        defer { hub.kill() }
        Console.say(
            "throughgate: soak of \(minutes) minutes, \(load.eventCount) events at \(rate) a second, seed \(seed)")
        let slope = try watch(hub, load, world)
        try finish(hub, load, world)
        guard report(slope) != .grows else { throw CommandFailure(.internalError, "the hub's memory grows") }
    }

    /// Publishes evenly, samples memory, asks for /metrics as a collector does, and says each minute how it stands.
    private func watch(_ hub: TrialHub, _ load: SyntheticLoad, _ world: DemoWorld) throws -> MemorySlope {
        var slope = MemorySlope(warmUpSeconds: minutes * 60 / 3)
        let producer = try EventProducer(configuration: world.kafka(), clientName: "throughgate-soak-load")
        defer { producer.close() }
        let encoder = EventEncoder(topics: world.topics)
        let began = Date()
        var sent = 0, sampled = 0.0, told = 0
        while sent < load.eventCount {
            let second = Date().timeIntervalSince(began)
            let due = min(load.eventCount, Int(second * rate))
            if due > sent {
                let slice = try (sent..<due).map { OutboundMessage(try encoder.record(of: event($0, of: load))) }
                for case .failed(let error) in producer.send(slice) { throw error }
                sent = due
            }
            if second >= sampled {
                guard let resident = hub.mebibytes("VmRSS") else {
                    throw CommandFailure(.internalError, "the hub ended with \(hub.endedWith ?? -1)")
                }
                slope.add(second: second, mebibytes: resident)
                _ = DoorRequest("GET", "/metrics", port: hub.port).send()
                sampled += SoakCommand.sampleSeconds
            }
            if Int(second / 60) > told {
                told = Int(second / 60)
                sayMinute(told, sent, hub, slope)
            }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return slope
    }

    /// The events in the order in which they are published: cohort by cohort, in each round robin.
    private func event(_ index: Int, of load: SyntheticLoad) -> Event {
        let size = SoakCommand.cohort * SoakCommand.eventsEach
        let cohort = index / size, inside = index % size
        let step = inside / SoakCommand.cohort, person = cohort * SoakCommand.cohort + inside % SoakCommand.cohort
        return load.event(step * load.peopleCount + person)
    }

    private func sayMinute(_ minute: Int, _ sent: Int, _ hub: TrialHub, _ slope: MemorySlope) {
        let resident = hub.mebibytes("VmRSS") ?? 0, anonymous = hub.mebibytes("RssAnon") ?? 0
        let peak = hub.mebibytes("VmHWM") ?? 0
        let line = String(
            format: "minute %3d  %7d events  resident %6.1f MiB (anonymous %6.1f, peak %6.1f)", minute, sent, resident,
            anonymous, peak)
        Console.say(line + (slope.estimate.map { "  " + SoakCommand.words($0) } ?? ""))
    }

    private static func words(_ estimate: MemorySlope.Estimate) -> String {
        String(
            format: "slope %+.2f MiB/h, 95 %% between %+.2f and %+.2f, %d minutes", estimate.slope, estimate.low,
            estimate.high, estimate.points)
    }

    /// Everything that was published is recorded, and the hub ends in order.
    private func finish(_ hub: TrialHub, _ load: SyntheticLoad, _ world: DemoWorld) throws {
        let connection = try world.connection()
        let deadline = Date(timeIntervalSinceNow: 120)
        func recorded() throws -> Int64 {
            try connection.query("select count(*)::int8 from event where type <> 'hub.timer.fired'").only()[0]
        }
        while try recorded() < Int64(load.eventCount), Date() < deadline { Thread.sleep(forTimeInterval: 0.2) }
        let count = try recorded()
        guard count == Int64(load.eventCount) else {
            throw CommandFailure(.internalError, "\(load.eventCount) events published, \(count) recorded")
        }
        let (status, seconds) = hub.stop()
        Console.say(String(format: "all %d events recorded; ended with %d in %.1f s", Int(count), status, seconds))
    }

    private func report(_ slope: MemorySlope) -> MemorySlope.Verdict {
        let verdict = slope.verdict(tolerance: tolerance)
        Console.say("verdict: \(verdict.rawValue)" + (slope.estimate.map { ", " + SoakCommand.words($0) } ?? ""))
        return verdict
    }
}
