import BrokerModel
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Testing

/// `THROUGHGATE_SEEDS` sets how many seeds are tried, `THROUGHGATE_SEED` the one that is replayed.
@Suite("model: whole hubs under kills, zombies, rebalances, lost answers and a ledger that fails")
struct PipelineSimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let only = environment["THROUGHGATE_SEED"].flatMap(UInt64.init)
    private static let seeds = environment["THROUGHGATE_SEEDS"].flatMap(UInt64.init) ?? 300
    static let steps = 200

    private static func replay(_ seed: UInt64) -> String { "replay: make simulate SEED=\(seed)" }

    @Test func whateverBreaksEveryEventHasItsOutputsOnceOrOneRejection() throws {
        let first = PipelineSimulationTests.only ?? 1
        let count = PipelineSimulationTests.only == nil ? PipelineSimulationTests.seeds : 1
        var happened: [String: Int] = [:]
        var judged = 0, said = 0
        for seed in first..<first + count {
            let simulation = try PipelineSimulation(seed: seed, ledger: SimulatedModelLedger())
            let (faults, areEndingsJudged) = try simulation.judged(steps: PipelineSimulationTests.steps)
            if areEndingsJudged { judged += 1 }
            if !faults.isEmpty || PipelineSimulationTests.only != nil {
                print(simulation.trace.joined(separator: "\n"))
            }
            #expect(faults.isEmpty, "\(PipelineSimulationTests.replay(seed))\n\(faults.prefix(12))")
            guard faults.isEmpty else { return }
            for what in simulation.happened { happened[what, default: 0] += 1 }
            said += simulation.visible.count
        }
        print(
            "seeds \(first)..<\(first + count): \(said) messages, endings of \(judged) seeds; seeds by what happened:")
        print(happened.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
        guard PipelineSimulationTests.only == nil else { return }
        let missing = PipelineSimulationTests.expected.subtracting(happened.keys)
        #expect(missing.isEmpty, "never happened: \(missing.sorted())")
        for scenario in PipelineSimulationTests.scenarios {
            let seeds = happened.filter { scenario.value.contains($0.key) }.map(\.value).max() ?? 0
            #expect(seeds >= Int(count) / 30, "\(scenario.key): in \(seeds) seeds only")
        }
        #expect(judged > Int(count) / 3)
    }

    /// The scenarios that a proof must hold, each by what shows that a seed drew it; one seed in thirty does.
    private static let scenarios: [String: Set<String>] = [
        "kill": ["kill"], "rebalance": ["rebalance"],
        "unknown outcome of a commit": ["answerLost at commit"],
        "request of a commit lost": ["requestLost at commit"],
        "delayed commit": ["delayed at commit"],
        "zombie resuming": ["zombie resumes at commit", "zombie resumes at rest", "zombie resumes at poll"],
        "error of PostgreSQL at the commit": ["lostAfter at write"],
        "error of PostgreSQL before it": ["lostBefore at open"],
        "ledger restored to an older state": ["ledger restored"],
        "offsets reset": ["offsets reset"],
        "reference data between record and publish": ["reference data changed between record and publish"],
        "two partitions cause versions of one handover": ["versions of one handover caused on different partitions"],
        "two instances": ["2 instances"], "three instances": ["3 instances"], "four instances": ["4 instances"],
    ]

    /// A simulation in which nothing goes wrong proves nothing: at every step of design.md §3 a process dies, others go
    /// on while it stands still, and the call itself fails.
    private static let expected: Set<String> = {
        var expected: Set<String> = ["reference data changed", "kill", "ledger restored", "offsets reset"]
        let ledger = ["connect", "lease", "open", "read", "write", "timers"]
        let brokers = ["initialise", "produce", "sendOffsets", "commit", "committedOffsets", "enter", "poll"]
        for call in ledger + brokers { expected.formUnion(["kill at \(call)", "others act at \(call)"]) }
        for call in ledger {
            expected.formUnion(["lostBefore", "lostAfter", "timeout"].map { "\($0) at \(call)" })
        }
        expected.formUnion(["answerLost", "requestLost", "delayed", "refused"].map { "\($0) at commit" })
        return expected
    }()

    /// Partitions that stayed paused after a rewind (513), a recorded event that the ledger refused later (1615).
    @Test(arguments: [513, 1615] as [UInt64]) func aSeedThatFoundAFaultFindsNoneNow(_ seed: UInt64) throws {
        let simulation = try PipelineSimulation(seed: seed, ledger: SimulatedModelLedger())
        #expect(try simulation.judged(steps: PipelineSimulationTests.steps).faults.isEmpty)
    }

    @Test(arguments: [3, 77, 204] as [UInt64]) func aSeedIsAHistory(_ seed: UInt64) throws {
        let histories = try (0..<2).map { _ in
            let simulation = try PipelineSimulation(seed: seed, ledger: SimulatedModelLedger())
            try simulation.run(steps: 200)
            return simulation.trace
        }
        #expect(histories[0] == histories[1])
    }
}
