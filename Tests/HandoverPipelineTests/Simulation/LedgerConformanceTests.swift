import HandoverPipeline
import Testing

/// What the model of the ledger says, PostgreSQL says: the same hubs ask both the same, under the same faults, and go
/// on as they are answered. One answer that differs makes two histories.
@Suite("PostgreSQL: the model of the ledger conforms")
struct LedgerConformanceTests {
    @Test(.timeLimit(.minutes(2)), arguments: [1, 5, 11] as [UInt64])
    func aSeedIsOneHistoryOnBoth(_ seed: UInt64) throws {
        let model = try PipelineSimulation(seed: seed, ledger: SimulatedModelLedger())
        let real = try PipelineSimulation(seed: seed, ledger: SimulatedPostgresLedger())
        try model.run(steps: 120)
        try real.run(steps: 120)
        if let at = zip(model.trace, real.trace).enumerated().first(where: { $1.0 != $1.1 })?.offset {
            let before = model.trace[max(0, at - 5)..<at].joined(separator: "\n")
            Issue.record("seed \(seed), line \(at):\n\(before)\nmodel: \(model.trace[at])\nreal: \(real.trace[at])")
        }
        #expect(model.trace.count == real.trace.count)
        let said = try model.ledger.sight().lines
        #expect(said.count > 20)
        let differing = Set(said).symmetricDifference(try real.ledger.sight().lines).sorted()
        #expect(differing.isEmpty, "seed \(seed): \(differing.prefix(6))")
        #expect(try real.faults().isEmpty)
    }
}
