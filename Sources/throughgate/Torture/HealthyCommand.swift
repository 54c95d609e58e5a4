import ArgumentParser
import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Operations
import Postgres
import SyntheticEstate

/// `throughgate healthy`: a hub that is well, on quiet topics with a record now and then: does it raise an alarm?
struct HealthyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthy", abstract: "Watch a healthy hub raise no alarm (private servers).",
        discussion: "Rules and clocks are those of every hub. People arrive in prison; nobody is released.",
        shouldDisplay: false)

    @Option(help: "How long.") var minutes = 10.0
    @Option(help: "Seconds between two records.") var every = 5.0

    func validate() throws {
        guard minutes > 0, every >= 0.1 else {
            throw ValidationError("--minutes must be above 0, --every at least 0.1")
        }
    }

    func run() throws {
        let people = Int(minutes * 60 / every) + 1
        let load = SyntheticLoad(people: people, events: people, seed: 1, start: Wall.now() - .hours(1))
        let world = try DemoWorld("healthy")
        defer { world.stop() }
        try world.fill(onboard: EstatePlan.pilotPrisons, people: load.people)
        try world.makeTopics(
            for: HomeArea.pilot.map(\.authority), prisons: EstatePlan.pilotPrisons,
            inboundPartitions: TopicLayout.inboundPartitionsDefault)
        let pacer = try world.front()
        defer { pacer.stop() }
        let hub = try TrialHub(
            world, name: "healthy", broker: "127.0.0.1:\(pacer.port)",
            more: "canary:\n  interval: 30s\nlog:\n  level: warning\n")
        try hub.start()
        defer { hub.kill() }
        Console.say("throughgate: a healthy hub for \(minutes) minutes, a record every \(every) s, a canary every 30 s")
        let seen = try watch(hub, load, world)
        hub.stop()
        Console.say("looks \(seen.looks), opened \(seen.opened.count), half-way to opening \(seen.pending.count)")
        for cause in seen.opened.sorted() { Console.say("  opened: \(cause)") }
        for cause in seen.pending.sorted() { Console.say("  half-way: \(cause)") }
        guard seen.looks > 0 else { throw CommandFailure(.internalError, "the hub judged nothing: \(hub.lastLine)") }
        guard seen.opened.isEmpty else { throw CommandFailure(.internalError, "a false alarm") }
    }

    private struct Seen {
        var looks = 0
        var opened: Set<String> = []
        var pending: Set<String> = []
    }

    /// Publishes evenly, asks for pages and metrics as people and collectors do, and follows what the hub judges.
    private func watch(_ hub: TrialHub, _ load: SyntheticLoad, _ world: DemoWorld) throws -> Seen {
        let producer = try EventProducer(configuration: world.kafka(), clientName: "throughgate-healthy-load")
        defer { producer.close() }
        let encoder = EventEncoder(topics: world.topics)
        let connection = try world.connection()
        let began = Date()
        var seen = Seen(), sent = 0, lookedAt: Instant?, told = 0
        while Date().timeIntervalSince(began) < minutes * 60 {
            let second = Date().timeIntervalSince(began)
            if second >= Double(sent) * every, sent < load.peopleCount {
                let message = OutboundMessage(try encoder.record(of: load.event(sent)))
                for case .failed(let error) in producer.send([message]) { throw error }
                sent += 1
            }
            for path in ["/metrics", "/", "/lag"] { _ = DoorRequest("GET", path, port: hub.port).send() }
            let (standings, looked) = try AlertStore.standings(on: connection)
            if let looked, looked != lookedAt {
                seen.looks += 1
                lookedAt = looked
            }
            for (cause, standing) in standings {
                if standing.isOpen { seen.opened.insert("\(cause.rule) \(cause.text)") }
                if !standing.isOpen, standing.since != nil { seen.pending.insert("\(cause.rule) \(cause.text)") }
            }
            if let ended = hub.endedWith { throw CommandFailure(.internalError, "the hub ended with \(ended)") }
            if Int(second / 60) > told {
                told = Int(second / 60)
                Console.say(
                    "minute \(told): \(sent) records, \(seen.opened.count) opened, \(seen.pending.count) half-way")
            }
            Thread.sleep(forTimeInterval: 2)
        }
        return seen
    }
}
