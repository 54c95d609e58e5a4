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
        let kinds = only.map { [$0] } ?? PeerProgram.Kind.compared
        let turns = PeerTurns(world: world, job: job, statements: statements)
        for round in 1...rounds {
            for kind in kinds {
                let result = try turns.turn(kind)
                results[kind, default: []].append(result)
                Console.say("round \(round)  \(PeerTable.line(kind, result))")
            }
        }
        for round in 1...rounds {
            for kind in kinds {
                try world.freshBroker()
                let settings = try turns.settings(kind, total: 0)
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

    init() {}

    /// - Parameters:
    ///   - seconds: from the first of the events to the last commit.
    ///   - own: seconds of processor time of the program, or of all of them.
    ///   - before: seconds of processor time that the servers had used, and `after`.
    init(
        events: Int, seconds: Double, own: Double, servers before: [String: Double], _ after: [String: Double],
        mebibytes: Double
    ) {
        func each(_ seconds: Double) -> Double { seconds / Double(events) * 1e6 }
        func each(_ server: String) -> Double { each((after[server] ?? 0) - (before[server] ?? 0)) }
        eventsPerSecond = Double(events) / seconds
        self.own = each(own)
        postgres = each("postgres")
        broker = each("broker")
        self.mebibytes = mebibytes
    }

    mutating func take(_ check: PeerCheck, people: Int, _ expected: PeerJob.Expected) {
        messages = check.messages
        fault = check.fault(people: people, expected)
    }
}
