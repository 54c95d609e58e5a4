import BrokerModel
import ExactlyOnceKafka
import Foundation
import Testing

/// `THROUGHGATE_SEEDS` sets how many seeds are tried, `THROUGHGATE_SEED` the one that is replayed.
@Suite("model: sessions under kills, zombies, rebalances and answers that get lost")
struct SessionSimulationTests {
    @Test func whateverBreaksEveryInputHasItsOutputsOnce() throws {
        let environment = ProcessInfo.processInfo.environment
        let only = environment["THROUGHGATE_SEED"].flatMap(UInt64.init)
        let count = environment["THROUGHGATE_SEEDS"].flatMap(UInt64.init) ?? 400
        let first: UInt64 = only ?? 1
        var endings: [String: Int] = [:]
        for seed in first..<first + (only == nil ? count : 1) {
            let simulation = SessionSimulation(seed: seed)
            let faults = simulation.run(steps: 150)
            for line in simulation.trace where line.contains(": ") {
                endings[String(line.split(separator: ":")[1].prefix(24)), default: 0] += 1
            }
            if !faults.isEmpty || only != nil { print(simulation.trace.joined(separator: "\n")) }
            #expect(
                faults.isEmpty, "replay: make simulate SEED=\(seed)\n\(faults.map { "\($0)" }.sorted().prefix(12))")
            guard faults.isEmpty else { return }
        }
        print("seeds \(first)..<\(first + count): \(endings.sorted { $0.value > $1.value }.prefix(14))")
        // A simulation in which nothing goes wrong proves nothing.
        #expect(only != nil || endings.keys.contains { $0.contains("aborted") })
    }

    @Test(arguments: [3, 77] as [UInt64]) func aSeedIsAHistory(_ seed: UInt64) {
        let histories = (0..<2).map { _ in
            let simulation = SessionSimulation(seed: seed)
            _ = simulation.run(steps: 120)
            return simulation.trace
        }
        #expect(histories[0] == histories[1])
    }
}
