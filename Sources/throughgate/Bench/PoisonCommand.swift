import ArgumentParser
import FaultTrials
import Foundation
import Postgres
import Synchronization

/// `throughgate bench-poison`: what everybody else waits while one record kills the hub again and again, until it is
/// refused. The same load once without it and once with it; a supervisor starts the hub anew at once.
struct PoisonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-poison", abstract: "Measure what one record that kills the hub costs everybody else.",
        shouldDisplay: false)

    @Option(help: "How long 200 events a second come; the record comes after a tenth of it.") var seconds = 120
    @Option(help: "Seed of the load.") var seed: UInt64 = 1

    func validate() throws {
        guard seconds >= 30 else { throw ValidationError("--seconds 30 at least") }
    }

    func run() throws {
        let people = PeerDelay.events(seconds)
        let world = try PeerWorld(people: people)
        defer { world.stop() }
        let job = PeerJob(people: people, seed: seed)
        let plain = try turn(world, job) { settings in try PeerProgram(.hub, settings: settings) }
        say("without it", plain)
        // A release: each event before a third one is.
        let poison = PeerDelay.events(seconds / 10) / 3 * 3
        var trapped: TrappedHub?
        let poisoned = try turn(world, job, leftOut: poison) { settings in
            let hub = try TrappedHub(settings, world, job.event(poison).id)
            trapped = hub
            return hub
        }
        say("with it", poisoned)
        let story = trapped?.story ?? TrappedHub.Story()
        Console.say(
            String(
                format: "killed %d times, refused %@; from the first death to its refusal %.1f s; p99 ratio %.2f",
                story.kills, story.isRefused ? "as POISON" : "never", story.seconds,
                plain.p99 > 0 ? poisoned.p99 / plain.p99 : 0))
        guard story.isRefused else { throw CommandFailure(.internalError, "the record was not refused") }
    }

    private func turn(
        _ world: PeerWorld, _ job: PeerJob, leftOut: Int? = nil,
        _ start: ([String: String]) throws -> some BenchedProgram
    ) throws -> PeerDelay {
        try world.freshBroker()
        let settings = try PeerTurns(world: world, job: job).settings(.hub, total: 0)
        return try PeerDelay(.hub, world, job, seconds: seconds, leftOut: leftOut) { try start(settings) }
    }

    private func say(_ name: String, _ delay: PeerDelay) {
        Console.say(
            String(
                format: "%-10@  p50 %.1f ms  p99 %.1f ms  p99.9 %.1f ms  longest %.1f ms  of %d  missing %d",
                name as NSString, delay.p50, delay.p99, delay.p999, delay.longest, delay.measured, delay.missing))
    }
}

/// A hub in whose ledger one event kills whoever records it, and its supervisor.
final class TrappedHub: BenchedProgram, Sendable {
    struct Story {
        var kills = 0
        var isRefused = false
        /// From the first death to the refusal.
        var seconds = 0.0
    }

    private struct State {
        var story = Story()
        var isEnding = false
        var hasEnded = false
    }

    private let state = Mutex(State())

    var story: Story { state.withLock { $0.story } }

    init(_ settings: [String: String], _ world: PeerWorld, _ event: UUID) throws {
        let server = world.world.postgres.superuserURL
        let cut = server.lastIndex(of: "/") ?? server.endIndex
        let ledger = try PostgresConnection(PostgresConfiguration(url: server[..<cut] + "/run"))
        let owned = Owned(ledger: ledger, trap: try PoisonTrap(event, ledger))
        let thread = Thread { [self] in
            do { try supervise(settings, owned) } catch { Console.note("throughgate: \(error)") }
            state.withLock { $0.hasEnded = true }
        }
        thread.start()
    }

    private struct Owned: @unchecked Sendable {
        let ledger: PostgresConnection
        let trap: PoisonTrap
    }

    private func supervise(_ settings: [String: String], _ owned: Owned) throws {
        var program = try PeerProgram(.hub, settings: settings)
        var died: Date?
        while !state.withLock({ $0.isEnding }) {
            if let backend = try owned.trap.caught() {
                program.kill()
                died = died ?? Date()
                try owned.trap.release(backend)
                state.withLock { $0.story.kills += 1 }
                program = try PeerProgram(.hub, settings: settings)
            } else if let first = died, !story.isRefused,
                !Array(try owned.ledger.query("select 1 from rejected where reason = 'POISON'")).isEmpty
            {
                state.withLock {
                    $0.story.isRefused = true
                    $0.story.seconds = Date().timeIntervalSince(first)
                }
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        program.end()
    }

    func end() {
        state.withLock { $0.isEnding = true }
        while !state.withLock({ $0.hasEnded }) { Thread.sleep(forTimeInterval: 0.02) }
    }
}
