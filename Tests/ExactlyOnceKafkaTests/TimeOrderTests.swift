import ExactlyOnceKafka
import Testing

@Suite("rules: the order of partitions' records")
struct TimeOrderTests {
    /// Takes everything of these lines, each shown its next time as soon as the one before is gone.
    private func taken(_ lines: [[Int64]]) -> [(line: Int, head: Int64)] {
        var order = TimeOrder<Int64>(lines: lines.count)
        var left = lines.map { Array($0.reversed()) }
        var result: [(line: Int, head: Int64)] = []
        while true {
            for line in lines.indices where order.isEmpty(line) {
                if let time = left[line].popLast() { order.show(time, at: time, in: line) }
            }
            guard let next = order.take() else { return result }
            result.append(next)
        }
    }

    @Test func theEarliestHeadGoesFirst() {
        #expect(taken([[1, 4, 9], [2, 3, 10], [5]]).map(\.head) == [1, 2, 3, 4, 5, 9, 10])
    }

    @Test func aLineKeepsItsOwnOrderWhateverItsTimesAre() {
        let lines: [[Int64]] = [[9, 1, 5], [4, 3, 2]]
        let result = taken(lines)
        for line in lines.indices {
            #expect(result.filter { $0.line == line }.map(\.head) == lines[line])
        }
    }

    @Test func whatIsOfTheSameTimeGoesInTheOrderOfTheLines() {
        #expect(taken([[7, 7], [7], [6]]).map(\.line) == [2, 0, 0, 1])
    }

    @Test func timesOfLongAgoHoldNobodyElseUpForLong() throws {
        let old = Array(repeating: Int64(0), count: 1_000)
        let result = taken([old, [50], [60], old])
        // Four lines: each other head goes after at most eight turns for each of them, and a turn for each that waited.
        #expect(try #require(result.firstIndex { $0.head == 50 }) <= 4 * 8 + 4)
        #expect(try #require(result.firstIndex { $0.head == 60 }) <= 4 * 8 + 4)
        #expect(result.count == 2_002)
    }

    @Test func aTimeOfTheFarFutureGoesLastAndStillGoes() throws {
        let result = taken([[.max], Array(1...1_000)])
        #expect(try #require(result.firstIndex { $0.head == .max }) <= 2 * 8 + 2)
        #expect(taken([[.max], [1, 2]]).map(\.head) == [1, 2, .max])
    }

    @Test func aLineThatIsHeldKeepsItsHeadUntilItIsLetGo() {
        var order = TimeOrder<String>(lines: 2)
        order.show("held", at: 1, in: 0)
        order.show("free", at: 2, in: 1)
        order.hold(0, true)
        #expect(order.take()?.head == "free")
        #expect(order.take() == nil)
        #expect(!order.isEmpty(0))
        order.hold(0, false)
        #expect(order.take()?.head == "held")
        #expect(order.isEmpty(0))
    }

    @Test func whatIsWithdrawnIsGone() {
        var order = TimeOrder<String>(lines: 1)
        order.show("sought elsewhere", at: 1, in: 0)
        #expect(order.withdraw(0) == "sought elsewhere")
        #expect(order.withdraw(0) == nil)
        #expect(order.take() == nil)
    }
}
