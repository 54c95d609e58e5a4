import BrokerModel
import ExactlyOnceKafka
import Testing

/// A checker that finds nothing proves nothing: one planted fault of each class, each found, and nothing else.
@Suite("model: the delivery checker")
struct DeliveryCheckerTests {
    private static let source = TopicPartition("in", 0)
    private static let place = TopicPartition("out", 0)

    /// Three inputs of one key with two outputs each, all done with.
    private var inputs: [DeliveryChecker.Input] {
        (0..<3).map { number in
            DeliveryChecker.Input(
                source: DeliveryCheckerTests.source, offset: Int64(number), outputs: ["a\(number)", "b\(number)"])
        }
    }

    private var visible: [DeliveryChecker.Output] {
        (0..<3).flatMap { number in
            ["a", "b"].enumerated().map { index, letter in
                DeliveryChecker.Output(
                    id: "\(letter)\(number)", place: DeliveryCheckerTests.place, offset: Int64(number * 2 + index),
                    key: "k", sequence: number)
            }
        }
    }

    private func faults(
        _ visible: [DeliveryChecker.Output], committed: Int64 = 3, aborted: Set<Int64> = []
    ) -> Set<DeliveryChecker.Fault> {
        DeliveryChecker(
            inputs: inputs, visible: visible, committed: [DeliveryCheckerTests.source: committed],
            aborted: [DeliveryCheckerTests.place: aborted]
        ).faults()
    }

    @Test func aFaultlessRunHasNone() { #expect(faults(visible).isEmpty) }

    @Test func whatNeverBecameVisibleIsLost() {
        let left = visible.filter { !$0.id.hasSuffix("2") }
        #expect(faults(left, committed: 2) == [.lost("a2"), .lost("b2")])
    }

    @Test func anOffsetBeyondWhatIsNotDoneIsPolledPast() {
        let left = visible.filter { !$0.id.hasSuffix("2") }
        #expect(
            faults(left) == [.lost("a2"), .lost("b2"), .polledPast(DeliveryCheckerTests.source, offset: 2)])
    }

    @Test func halfOfAnInputIsTorn() {
        let left = visible.filter { $0.id != "b2" }
        #expect(faults(left, committed: 2) == [.lost("b2"), .torn(DeliveryCheckerTests.source, offset: 2)])
    }

    @Test func theSameIdTwiceIsADuplicate() {
        #expect(faults(visible + [visible[5]]) == [.duplicated("b2")])
    }

    @Test func whatWasAbortedMayNotBeSeen() { #expect(faults(visible, aborted: [4]) == [.abortedButVisible("a2")]) }

    @Test func anOlderOutputBehindANewerIsReordered() {
        let swapped = [visible[0], visible[1], visible[4], visible[5], visible[2], visible[3]]
        #expect(faults(swapped) == [.reordered(key: "k", DeliveryCheckerTests.place)])
    }

    @Test func otherBytesThanDecidedAreAltered() {
        let input = DeliveryChecker.Input(
            source: DeliveryCheckerTests.source, offset: 0, outputs: ["a0"], bodies: ["a0": [1]])
        let output = DeliveryChecker.Output(
            id: "a0", place: DeliveryCheckerTests.place, offset: 0, key: "k", sequence: 0, body: [2])
        #expect(DeliveryChecker(inputs: [input], visible: [output], committed: [:]).faults() == [.altered("a0")])
    }

    @Test func anInputAboutWhichNothingWasDecidedIsUndecidedAndPolledPastOnceItsOffsetIsCommitted() {
        let source = DeliveryCheckerTests.source
        let input = DeliveryChecker.Input(source: source, offset: 0, outputs: nil)
        let before = DeliveryChecker(inputs: [input], visible: [], committed: [source: 0]).faults()
        #expect(before == [.undecided(source, offset: 0)])
        let after = DeliveryChecker(inputs: [input], visible: [], committed: [source: 1]).faults()
        #expect(after == [.undecided(source, offset: 0), .polledPast(source, offset: 0)])
    }

    @Test func whatNobodyAskedForIsNamed() {
        let other = DeliveryChecker.Output(
            id: "c9", place: DeliveryCheckerTests.place, offset: 9, key: "x", sequence: 9)
        #expect(faults(visible + [other]) == [.unasked("c9")])
    }
}
