import FaultTrials
import Foundation
import Postgres
import Synchronization

/// A hub in whose ledger one event kills whoever records it, and its supervisor.
final class TrappedHub: Sendable {
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

    /// - Parameter event: nil: none kills.
    init(_ settings: [String: String], _ world: PeerWorld, _ event: UUID?) throws {
        let ledger = try PostgresConnection(
            PostgresConfiguration(url: world.world.postgres.superuserURL(database: PeerWorld.database)))
        let owned = Owned(ledger: ledger, trap: try event.map { try PoisonTrap($0, ledger) })
        let thread = Thread { [self] in
            do { try supervise(settings, owned) } catch { Console.note("throughgate: \(error)") }
            state.withLock { $0.hasEnded = true }
        }
        thread.start()
    }

    private struct Owned: @unchecked Sendable {
        let ledger: PostgresConnection
        let trap: PoisonTrap?
    }

    private func supervise(_ settings: [String: String], _ owned: Owned) throws {
        var program = try PeerProgram(.hub, settings: settings)
        var died: Date?
        while !state.withLock({ $0.isEnding }) {
            if let trap = owned.trap, let backend = try trap.caught() {
                died = died ?? Date()
                program.kill()
                try trap.release(backend)
                while try trap.caught() == backend { Thread.sleep(forTimeInterval: 0.002) }
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
