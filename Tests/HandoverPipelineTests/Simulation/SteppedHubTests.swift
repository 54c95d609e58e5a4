import BrokerModel
import Foundation
import HandoverPipeline
import Testing

@Suite("model: a hub that dies again and again")
struct SteppedHubTests {
    @Test func whatIsRecordedGoesOutHoweverOftenTheProcessDiesBeforeItIsPublished() throws {
        let ledger = SimulatedModelLedger()
        let simulation = try PipelineSimulation(seed: 5, ledger: ledger)
        simulation.publishEverything()
        let hub = simulation.hubs[0]
        let deaths = 3 * (HubLimits.idleStartsMax + HubLimits.attemptsMax)
        for _ in 0..<deaths {
            for _ in 0..<4 { hub.act(.intake) }
            for _ in 0..<3 { hub.act(.record) }
            hub.kill("killed before it published")
        }
        #expect(simulation.visible.isEmpty)
        try simulation.settle()
        #expect(try simulation.faults() == [])
        #expect(ledger.sight().rejected.count == simulation.estate.refusals, "something sound was taken for poison")
    }
}
