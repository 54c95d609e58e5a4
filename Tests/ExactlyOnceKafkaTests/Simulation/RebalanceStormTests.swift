import BrokerModel
import ExactlyOnceKafka
import Testing

/// Members that come and go all the time while two stay: every one of them makes the group rebalance.
@Suite("model: a storm of rebalances")
struct RebalanceStormTests {
    private static let partitions = 6
    private static let turns = 100

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func aHundredJoinsAndLeavesRepeatAndLoseNothingAndLeaveNobodyStuck(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let cluster = ModelCluster()
        cluster.createTopic(SessionSimulation.inbound, partitions: RebalanceStormTests.partitions)
        for topic in SessionSimulation.outbound { cluster.createTopic(topic, partitions: 2) }
        let staying = ["stays0", "stays1"].map { SimulatedHub($0, cluster) }
        var guests: [SimulatedHub] = []
        var sent: [(place: TopicPartition, value: String)] = []
        var joins = 0, leaves = 0
        while leaves < RebalanceStormTests.turns {
            if joins < RebalanceStormTests.turns, guests.count < 3, guests.isEmpty || random.isOne(in: 2) {
                guests.append(SimulatedHub("guest\(joins)", cluster))
                joins += 1
            } else {
                guests.remove(at: random.below(guests.count)).kill { _ in }
                leaves += 1
            }
            for _ in 0..<2 + random.below(6) {
                send(&sent, to: cluster, random.below(5))
                for hub in (staying + guests).shuffled(using: &random) { hub.act() }
                cluster.advance(.milliseconds(100 + random.below(9_000)))
            }
        }
        let share = settle(staying, cluster, &sent)
        #expect(share.allSatisfy { $0 > 0 }, "a member that stays has nothing to do: \(share)")
        let faults = SessionJudgement.faults(sent: sent, partitions: RebalanceStormTests.partitions, on: cluster)
        #expect(faults.isEmpty, "seed \(seed): \(faults)")
        #expect(joins == 100 && leaves == 100 && sent.count > 500)
    }

    private func send(
        _ sent: inout [(place: TopicPartition, value: String)], to cluster: ModelCluster, _ key: Int,
        partition: Int32? = nil
    ) {
        let value = "v\(sent.count)"
        let message = OutboundMessage(
            topic: SessionSimulation.inbound, partition: partition, key: Array("k\(key)".utf8),
            value: Array(value.utf8))
        if case .kept(let place, _)? = cluster.append(message) { sent.append((place, value)) }
    }

    /// After the storm something comes to every partition. Answers how often each member published.
    private func settle(
        _ staying: [SimulatedHub], _ cluster: ModelCluster, _ sent: inout [(place: TopicPartition, value: String)]
    ) -> [Int] {
        var share = staying.map { _ in 0 }
        for round in 0..<200 {
            // Past every time-out of those that left.
            if round == 100 {
                for number in 0..<RebalanceStormTests.partitions {
                    send(&sent, to: cluster, 10 + number, partition: Int32(number))
                }
            }
            for (index, hub) in staying.enumerated() {
                let outcome = hub.act()
                if round >= 100, outcome == "committed" { share[index] += 1 }
            }
            cluster.advance(.seconds(4))
        }
        return share
    }
}
