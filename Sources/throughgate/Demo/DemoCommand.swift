import ArgumentParser
import Foundation
import HandoverRules
import LocalServers
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
        try world.fill(for: estate)
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
