import FaultTrials
import Testing

@Suite("model: the delivery checker finds what is planted")
struct DeliveryCheckerTests {
    private let decided = [1, 2, 3].map { TrialCheck.Output(stream: "a", version: $0, body: [UInt8($0)]) }
    private var seen: [TrialCheck.Output] { decided }

    private func faults(decided: [TrialCheck.Output], seen: [TrialCheck.Output]) -> Set<TrialCheck.Fault> {
        var check = TrialCheck()
        (check.decided, check.seen) = (decided, seen)
        return check.faults
    }

    @Test func aCleanDeliveryHasNoFault() {
        #expect(faults(decided: decided, seen: seen) == [])
    }

    @Test func aLossIsFound() {
        #expect(faults(decided: decided, seen: Array(seen.dropLast())) == [.lost("a/3")])
    }

    @Test func aDuplicateIsFound() {
        #expect(faults(decided: decided, seen: seen + [seen[2]]).contains(.duplicated("a/3")))
    }

    @Test func anInventionIsFound() {
        let invented = TrialCheck.Output(stream: "b", version: 1, body: [])
        #expect(faults(decided: decided, seen: seen + [invented]) == [.unknown("b/1")])
    }

    @Test func otherBytesAreFound() {
        var altered = seen
        altered[1].body = [9]
        #expect(faults(decided: decided, seen: altered) == [.altered("a/2")])
    }

    @Test func aWrongOrderIsFound() {
        #expect(faults(decided: decided, seen: [seen[1], seen[0], seen[2]]) == [.reordered("a/1")])
    }
}
