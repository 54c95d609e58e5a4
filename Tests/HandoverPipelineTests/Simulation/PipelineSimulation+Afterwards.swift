import BrokerModel
import ExactlyOnceKafka
import HandoverPipeline
import HandoverRules

extension PipelineSimulation {
    /// What may happen to a hub that is through with everything: the group's offsets are reset, or the ledger is
    /// restored to an older state. Answers what is wrong then.
    func afterwards(_ ledger: SimulatedModelLedger) throws -> [String] {
        switch seed % 3 {
        case 0: try afterOffsetsReset()
        case 1: try afterRestore(ledger)
        default: []
        }
    }

    /// Nothing that was published is published a second time.
    private func afterOffsetsReset() throws -> [String] {
        endAll { $0.stop() }
        let sight = try ledger.sight()
        // The ledger learns with the next recording, or with an orderly end, what Kafka has committed.
        for place in sources where sight.publishedThrough[place].map({ $0 >= 0 }) == true {
            let committed = cluster.committedOffset(PipelineSimulation.group, place) ?? 0
            guard (sight.publishedThrough[place] ?? -1) + 1 >= committed else { continue }
            cluster.resetOffset(PipelineSimulation.group, place, to: seed.isMultiple(of: 2) ? 0 : nil)
            happen("offsets reset")
        }
        try settle()
        return try faults().map { "after the offsets' reset: \($0)" }
    }

    /// Partitions on which the ledger lies behind Kafka stop by name; nothing of them is recorded or committed.
    private func afterRestore(_ ledger: SimulatedModelLedger) throws -> [String] {
        endAll { $0.kill("killed") }
        guard let backup else { return [] }
        ledger.model.restore(backup)
        let sight = ledger.sight()
        let behind = sources.filter { place in
            let committed = cluster.committedOffset(PipelineSimulation.group, place) ?? 0
            return committed > (sight.recordedThrough[place] ?? -1) + 1
        }
        guard !behind.isEmpty else { return [] }
        happen("ledger restored")
        let before = behind.map { cluster.committedOffset(PipelineSimulation.group, $0) }
        for place in behind {
            cluster.append(
                OutboundMessage(topic: place.topic, partition: place.partition, key: nil, value: Array("{}".utf8)))
        }
        try settle(rounds: 60)
        var faults: [String] = []
        for (place, offset) in zip(behind, before) {
            let stopped = hubs.compactMap { $0.hub?.status.snapshot.partitions[place]?.stopped }
            if Set(stopped) != ["LEDGER_BEHIND"] { faults.append("\(place) has not stopped: \(stopped)") }
            if cluster.committedOffset(PipelineSimulation.group, place) != offset {
                faults.append("\(place) was committed behind a ledger that does not know of it")
            }
        }
        return faults
    }
}
