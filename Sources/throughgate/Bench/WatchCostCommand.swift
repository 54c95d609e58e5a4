import ArgumentParser
import Foundation

/// `throughgate bench-watch`: what being watched costs the pipeline. The hub alone and the hub with everything on that
/// watches it, turn by turn on the same job; the ratio of the middle turns is what counts.
struct WatchCostCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-watch", abstract: "Measure what watching the hub costs its throughput.",
        shouldDisplay: false)

    @Option(help: "People released; half as many kits are issued.") var people = 30_000
    @Option(help: "Turns of each.") var rounds = 5
    @Option(help: "Seed of the load.") var seed: UInt64 = 1

    func run() throws {
        guard rounds > 0, people >= 3_000 else { throw ValidationError("--rounds 1 and --people 3000 at least") }
        let world = try PeerWorld(people: people)
        defer { world.stop() }
        let turns = PeerTurns(world: world, job: PeerJob(people: people, seed: seed))
        var results: [PeerProgram.Kind: [PeerResult]] = [:]
        for round in 1...rounds {
            // Who begins changes from turn to turn.
            for kind in round.isMultiple(of: 2) ? [PeerProgram.Kind.watched, .hub] : [.hub, .watched] {
                let result = try turns.turn(kind)
                results[kind, default: []].append(result)
                Console.say("round \(round)  \(PeerTable.line(kind, result))")
            }
        }
        func middle(_ kind: PeerProgram.Kind) -> PeerResult {
            PeerTable.middle(results[kind] ?? [PeerResult()]) { $0.eventsPerSecond }
        }
        let (alone, watched) = (middle(.hub), middle(.watched))
        let throughput = watched.eventsPerSecond / alone.eventsPerSecond
        let processor = (watched.own + watched.postgres) / (alone.own + alone.postgres)
        Console.say(
            String(
                format: "watched: %.1f %% of the throughput, %.1f %% of the processor time (own and PostgreSQL's)",
                throughput * 100, processor * 100))
        if let fault = results.values.joined().compactMap(\.fault).first {
            throw CommandFailure(.internalError, fault)
        }
    }
}
