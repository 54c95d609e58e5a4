import HandoverPipeline
import Testing

/// A simulation that finds nothing may be blind: each fault planted in the pipeline is found by one of the seeds that
/// find none without it.
@Suite("model: faults planted in the pipeline are found")
struct PlantedFaultTests {
    private static let seeds: UInt64 = 150

    @Test(arguments: PlantedBrokerFault.allCases)
    func aFaultTowardsTheBrokersIsFound(_ fault: PlantedBrokerFault) throws {
        try find(fault.rawValue) { try PipelineSimulation(seed: $0, ledger: SimulatedModelLedger(), planted: fault) }
    }

    @Test(arguments: PlantedFault.allCases)
    func aFaultTowardsTheLedgerIsFound(_ fault: PlantedFault) throws {
        try find(fault.rawValue) { seed in
            let ledger = SimulatedModelLedger()
            ledger.stepped.planted = fault
            return try PipelineSimulation(seed: seed, ledger: ledger)
        }
    }

    private func find(_ name: String, _ simulation: (UInt64) throws -> PipelineSimulation) throws {
        for seed in 1...PlantedFaultTests.seeds {
            let found = try simulation(seed).judged(steps: PipelineSimulationTests.steps).faults
            guard found.isEmpty else { return print("planted \(name): seed \(seed) finds \(found[0])") }
        }
        Issue.record("\(name): found by none of \(PlantedFaultTests.seeds) seeds")
    }
}
