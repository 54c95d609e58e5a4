import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import Testing

@Suite("model: which messages one transaction may carry")
struct EmissionPlanTests {
    private let a = TopicPartition("a", 0), b = TopicPartition("b", 0)
    private let stream = UUID()

    private func staged(
        _ version: Int, from source: TopicPartition, _ offset: Int64,
        after predecessor: (source: TopicPartition, offset: Int64)? = nil
    ) -> StagedMessage {
        StagedMessage(
            message: OutboundMessage(topic: "out", key: nil, value: [UInt8(version)]), stream: stream,
            version: version, source: source, offset: offset, predecessor: predecessor, tally: .task(code: "T"))
    }

    private func bounds(_ nexts: [TopicPartition: Int64], from firsts: [TopicPartition: Int64]) -> BatchBounds {
        var bounds = BatchBounds()
        bounds.firsts = firsts
        bounds.nexts = nexts
        return bounds
    }

    @Test func aFirstVersionGoesAtOnce() {
        let plan = EmissionPlan(messages: [staged(1, from: a, 5)], bounds: bounds([a: 6], from: [a: 5])) { _ in nil }
        #expect(plan.included == [0])
        #expect(plan.offsets == [a: 6])
        #expect(plan.waiting.isEmpty)
    }

    @Test func aLaterVersionGoesWhenItsPredecessorIsCommitted() {
        let message = staged(2, from: b, 9, after: (a, 5))
        let plan = EmissionPlan(messages: [message], bounds: bounds([b: 10], from: [b: 9])) { _ in 6 }
        #expect(plan.included == [0])
    }

    @Test func aLaterVersionGoesBehindItsPredecessorInTheSameTransaction() {
        let messages = [staged(1, from: a, 5), staged(2, from: b, 9, after: (a, 5))]
        let plan = EmissionPlan(messages: messages, bounds: bounds([a: 6, b: 10], from: [a: 5, b: 9])) { _ in nil }
        #expect(plan.included == [0, 1])
    }

    @Test func aLaterVersionWaitsAndItsPartitionWithIt() {
        let other = StagedMessage(
            message: OutboundMessage(topic: "out", key: nil, value: nil), stream: UUID(), version: 1, source: b,
            offset: 11, predecessor: nil, tally: .task(code: "T"))
        let messages = [staged(2, from: b, 9, after: (a, 5)), other]
        let plan = EmissionPlan(messages: messages, bounds: bounds([b: 12], from: [b: 8])) { $0 == a ? 5 : 8 }
        #expect(plan.included == [])
        #expect(plan.waiting == [b: 9])
        #expect(plan.offsets == [b: 9])
    }

    @Test func aPartitionWhoseFirstRecordWaitsCommitsNothing() {
        let plan = EmissionPlan(
            messages: [staged(2, from: b, 9, after: (a, 5))], bounds: bounds([b: 10], from: [b: 9])
        ) { _ in 0 }
        #expect(plan.offsets.isEmpty)
    }

    @Test func whatWaitsTakesItsSuccessorsInOtherPartitionsWithIt() {
        let c = TopicPartition("c", 0)
        let messages = [staged(2, from: b, 9, after: (a, 5)), staged(3, from: c, 2, after: (b, 9))]
        let plan = EmissionPlan(
            messages: messages, bounds: bounds([b: 10, c: 3], from: [b: 9, c: 2])
        ) { _ in 0 }
        #expect(plan.included == [])
        #expect(plan.waiting == [b: 9, c: 2])
    }
}
