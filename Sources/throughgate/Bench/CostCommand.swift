import ArgumentParser
import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Logging
import Postgres
import SyntheticEstate

/// `throughgate bench-cost`: what one more event costs, by the number of people that the ledger holds and by the
/// number of events that the person's spell has. The first must not grow, the second at most in proportion.
struct CostCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-cost", abstract: "Measure what one more event costs as the ledger grows.",
        shouldDisplay: false)

    @Option(help: "Numbers of people, rising.") var people = "1000,100000,1000000"
    @Option(help: "Events measured at each size, each of another person; a tenth more warm up.") var events = 900
    @Option(help: "Rounds at each size that has people enough; the middle one counts.") var rounds = 3
    @Option(help: "Seed of the choice of people.") var seed: UInt64 = 1

    func run() throws {
        let sizes = people.split(separator: ",").compactMap { Int($0) }
        guard !sizes.isEmpty, sizes == sizes.sorted(), sizes[0] >= events + events / 10 else {
            throw ValidationError("--people must rise from at least the events of a round")
        }
        for line in SpellCost.table() { Console.say(line) }
        Console.say()
        let world = try DemoWorld(
            "bench-cost",
            postgresSettings: ["shared_buffers": "256MB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"])
        defer { world.stop() }
        try world.fill(onboard: EstatePlan.pilotPrisons, people: [])
        try world.makeTopics(
            for: HomeArea.pilot.map(\.authority), prisons: EstatePlan.pilotPrisons, inboundPartitions: 2)
        let hub = Hub(
            settings: try world.hubSettings(clock: .system),
            log: Logger(label: "bench-cost") { _ in LogLines(level: .error, format: .text) })
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            do { try hub.run() } catch { Console.note("throughgate: \(error)") }
            ended.signal()
        }
        defer {
            hub.stop()
            _ = ended.wait(timeout: .now() + 15)
        }
        try measure(sizes, world, hub)
    }

    private func measure(_ sizes: [Int], _ world: DemoWorld, _ hub: Hub) throws {
        let ledger = try CostLedger(world)
        var feed = try CostFeed(world, hub, seed: seed)
        var first: CostFeed.Cost?
        Console.say("one more event, a release planned and its handovers sent; processor time in µs an event")
        Console.say("    people      hub  PostgreSQL   both   to the first   filled in s")
        for size in sizes {
            let filling = Date()
            try ledger.fill(to: size)
            let seconds = Date().timeIntervalSince(filling)
            let possible = min(rounds, (size - feed.used(below: size)) / (events + events / 10))
            let costs = try (0..<max(1, possible)).map { _ in
                _ = try feed.round(events / 10, of: size)
                return try feed.round(events, of: size)
            }
            let cost = costs.sorted { $0.both < $1.both }[costs.count / 2]
            first = first ?? cost
            let ratio = cost.both / (first?.both ?? cost.both)
            Console.say(
                String(
                    format: "%10d %8.0f %11.0f %6.0f %14.2f %13.1f", size, cost.hub, cost.postgres, cost.both, ratio,
                    seconds))
        }
    }
}
