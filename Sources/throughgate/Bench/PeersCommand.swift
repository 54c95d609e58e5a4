import ArgumentParser
import ExactlyOnceKafka
import Foundation

/// `throughgate bench-peers`: the hub beside a floor in C and a hand-written Python program on the same input, broker
/// and PostgreSQL, turn by turn in one run. The ratios are what can be compared between machines.
struct PeersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-peers", abstract: "Measure the hub beside a C floor and a Python program.",
        shouldDisplay: false)

    @Option(help: "People released; half as many kits are issued.") var people = 60_000
    @Option(help: "Turns of each program; the middle one counts.") var rounds = 3
    @Option(help: "Seed of the load.") var seed: UInt64 = 1
    @Option(help: "A folder for the table (Speed.md) and the plot (speed.svg).") var write: String?

    @Option(help: "One program alone: hub, python or floor.") var only: PeerProgram.Kind?
    @Flag(help: "Print what each statement cost PostgreSQL (needs the extension pg_stat_statements).")
    var statements = false

    func run() throws {
        guard rounds > 0, people >= 3_000 else { throw ValidationError("--rounds 1 and --people 3000 at least") }
        let world = try PeerWorld(people: people, postgresSettings: statements ? StatementCosts.settings : [:])
        defer { world.stop() }
        let job = PeerJob(people: people, seed: seed)
        var results: [PeerProgram.Kind: [PeerResult]] = [:], delays: [PeerProgram.Kind: [PeerDelay]] = [:]
        let kinds = only.map { [$0] } ?? PeerProgram.Kind.allCases
        for round in 1...rounds {
            for kind in kinds {
                let result = try turn(kind, world, job)
                results[kind, default: []].append(result)
                Console.say("round \(round)  \(PeerTable.line(kind, result))")
            }
        }
        for round in 1...rounds {
            for kind in kinds {
                try world.freshBroker()
                let settings = try settings(kind, world, total: 0)
                let delay = try PeerDelay(kind, world, job, settings: settings)
                delays[kind, default: []].append(delay)
                Console.say(
                    String(
                        format: "delay %d  %@  p50 %.1f ms  p99 %.1f ms  missing %d", round, kind.title, delay.p50,
                        delay.p99, delay.missing))
            }
        }
        let table = PeerTable(results, delays, people: people, seed: seed)
        for line in table.lines { Console.say(line) }
        if let write { try table.write(to: URL(fileURLWithPath: write, isDirectory: true)) }
    }

    private func settings(_ kind: PeerProgram.Kind, _ world: PeerWorld, total: Int) throws -> [String: String] {
        let topics = world.world.topics
        return [
            "KAFKA": world.broker.bootstrapServers, "POSTGRES": try world.freshDatabase(of: kind),
            "GROUP": "bench", "RELEASES": topics.releaseNotifications, "KITS": topics.kitEvents,
            "HANDOVERS": PeerWorld.handovers, "REJECTED": PeerWorld.rejected, "TOTAL": String(total),
        ]
    }

    private func turn(_ kind: PeerProgram.Kind, _ world: PeerWorld, _ job: PeerJob) throws -> PeerResult {
        try world.freshBroker()
        let producer = try EventProducer(configuration: world.kafka(), clientName: "throughgate-bench-load")
        let expected = try job.records { slice in
            for case .failed(let error) in producer.send(slice) { throw error }
        }
        producer.close()
        let settings = try settings(kind, world, total: expected.records)
        if statements { try StatementCosts.begin(world.world) }
        let before = Processor.spent()
        let program = try PeerProgram(kind, settings: settings)
        defer { program.end() }
        let first = try program.wait(for: "FIRST", atMost: 60)
        let done = try program.wait(for: "DONE", atMost: 300)
        let after = Processor.spent()
        var result = PeerResult()
        result.eventsPerSecond = Double(expected.records) / done.timeIntervalSince(first)
        result.startUp = program.startUp(first: first)
        func each(_ seconds: Double) -> Double { seconds / Double(expected.records) * 1e6 }
        result.own = each(program.processor)
        result.postgres = each((after["postgres"] ?? 0) - (before["postgres"] ?? 0))
        result.broker = each((after["broker"] ?? 0) - (before["broker"] ?? 0))
        result.mebibytes = program.peakMebibytes
        if statements {
            for line in try StatementCosts.lines(world.world, events: expected.records) { Console.say(line) }
        }
        let check = try PeerCheck(kind, world)
        result.messages = check.messages
        result.fault = check.fault(people: people, expected)
        return result
    }
}

/// What one turn came to; processor times in µs an event.
struct PeerResult {
    var eventsPerSecond = 0.0
    var own = 0.0
    var postgres = 0.0
    var broker = 0.0
    var mebibytes = 0.0
    var startUp = 0.0
    var messages = 0
    /// What the checker found wrong.
    var fault: String?
}
