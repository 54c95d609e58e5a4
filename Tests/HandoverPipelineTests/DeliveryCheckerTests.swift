import Testing

@Suite("model: the delivery checker finds what is planted")
struct DeliveryCheckerTests {
    private let decided = [1, 2, 3].map { DeliveryChecker.Decided(stream: "a", version: $0, body: [UInt8($0)]) }
    private var seen: [DeliveryChecker.Seen] {
        decided.map {
            DeliveryChecker.Seen(
                id: "\($0.stream)/\($0.version)", stream: $0.stream, version: $0.version, body: $0.body)
        }
    }

    @Test func aCleanDeliveryHasNoFault() {
        #expect(DeliveryChecker.faults(decided: decided, seen: seen) == [])
    }

    @Test func aLossIsFound() {
        #expect(DeliveryChecker.faults(decided: decided, seen: Array(seen.dropLast())) == [.lost("a/3")])
    }

    @Test func aDuplicateIsFound() {
        #expect(DeliveryChecker.faults(decided: decided, seen: seen + [seen[2]]).contains(.duplicated("a/3")))
    }

    @Test func anInventionIsFound() {
        let invented = DeliveryChecker.Seen(id: "b/1", stream: "b", version: 1, body: [])
        #expect(DeliveryChecker.faults(decided: decided, seen: seen + [invented]) == [.unknown("b/1")])
    }

    @Test func otherBytesAreFound() {
        var altered = seen
        altered[1].body = [9]
        #expect(DeliveryChecker.faults(decided: decided, seen: altered) == [.altered("a/2")])
    }

    @Test func aWrongOrderIsFound() {
        #expect(DeliveryChecker.faults(decided: decided, seen: [seen[1], seen[0], seen[2]]) == [.reordered("a/1")])
    }
}
