import ArgumentParser
import Foundation

/// `throughgate bench-growth`: events a second and processor time an event of the main job as one thing grows: people
/// in the ledger, the backlog, processes of the hub, recipients. Every turn is checked as those of `bench-peers` are.
struct GrowthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-growth", abstract: "Measure how the main job's cost grows.", shouldDisplay: false)

    enum Axis: String, CaseIterable, ExpressibleByArgument {
        case people, backlog, hubs, recipients

        /// What is asked for.
        var sizes: [Int] {
            switch self {
            case .people: [10_000, 100_000, 1_000_000]
            case .backlog: [10_000, 100_000, 300_000]
            case .hubs: [1, 2, 4]
            case .recipients: [10, 1_000]
            }
        }
    }

    @Argument(help: "What grows: people, backlog (events), hubs or recipients.") var along: Axis
    @Option(help: "Sizes, rising; without it those that the documentation has.") var sizes: String?
    @Option(help: "Events of a turn, where it is not the backlog that grows.") var events = 45_000
    @Option(help: "Turns at each size; the middle one counts.") var rounds = 1
    @Option(help: "Seed of the load.") var seed: UInt64 = 1
    @Option(help: "A folder for the plot (growth-….svg).") var write: String?

    func run() throws {
        let sizes = sizes.map { $0.split(separator: ",").compactMap { Int($0) } } ?? along.sizes
        guard !sizes.isEmpty, sizes == sizes.sorted(), sizes[0] > 0, rounds > 0, events >= 3_000 else {
            throw ValidationError("--sizes must rise from 1 at least, --rounds 1 and --events 3000 at least")
        }
        var plot = BarPlot(
            title: "Processor time an event by \(along.rawValue)", parts: PeerTable.parts,
            about: "By \(along.rawValue), seed \(seed).")
        var first: PeerResult?
        Console.say(
            "| \(along.rawValue) | events/s | own µs | PostgreSQL µs | broker µs | peak MiB | to the first | checked |")
        Console.say("|---:|---:|---:|---:|---:|---:|---:|---|")
        for size in sizes {
            let result = try measure(size)
            let base = first ?? result
            first = base
            let ratio = (result.own + result.postgres) / (base.own + base.postgres)
            Console.say(
                String(
                    format: "| %d | %.0f | %.1f | %.1f | %.1f | %.0f | %.2f | %@ |", size, result.eventsPerSecond,
                    result.own, result.postgres, result.broker, result.mebibytes, ratio, result.fault ?? "exact"))
            plot.add("\(size)", PeerTable.parts(of: result), String(format: "%.0f events/s", result.eventsPerSecond))
            if let fault = result.fault { throw CommandFailure(.internalError, fault) }
        }
        if let write {
            let place = URL(fileURLWithPath: write, isDirectory: true).appending(path: "growth-\(along.rawValue).svg")
            try Data(plot.svg.utf8).write(to: place)
        }
    }

    /// The middle turn, on servers of their own.
    private func measure(_ size: Int) throws -> PeerResult {
        let released = (along == .backlog ? size : events) * 2 / 3
        // Those that are released lie apart in a ledger of more.
        let stride = along == .people ? max(1, size / released) : 1
        let people = along == .people ? min(released, size) : released
        let world = try PeerWorld(
            people: people * stride + GrowthTurn.warmUp, recipients: along == .recipients ? size : nil)
        defer { world.stop() }
        let turn = GrowthTurn(
            world: world, job: PeerJob(people: people, seed: seed, stride: stride),
            firstSpare: people * stride, hubs: along == .hubs ? size : 1)
        return PeerTable.middle(try (0..<rounds).map { _ in try turn.run() }) { $0.eventsPerSecond }
    }
}
