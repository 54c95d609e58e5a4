/// Which of several lines goes next: the one whose head is the earliest, and the first of equals.
///
/// A line that was passed over ``patience`` times for each line goes before an earlier head, so that times far in the
/// past, of a wrong clock or a replay, hold nobody else up for long. Nothing waits for a line without a head: the order
/// is as good as what has come.
package struct TimeOrder<Head> {
    private struct Line {
        var head: Head?
        var time: Int64 = 0
        var since = 0
        var isHeld = false
    }

    private static var patience: Int { 8 }

    private var lines: [Line]
    private var turn = 0

    package init(lines count: Int) { lines = Array(repeating: Line(), count: count) }

    package func isEmpty(_ line: Int) -> Bool { lines[line].head == nil }

    /// The head of a line that has none.
    package mutating func show(_ head: Head, at time: Int64, in line: Int) {
        lines[line].head = head
        lines[line].time = time
        lines[line].since = turn
    }

    /// The head of a line that is held keeps its place and does not go.
    package mutating func hold(_ line: Int, _ isHeld: Bool) { lines[line].isHeld = isHeld }

    /// Takes the head whose turn it is. nil: no line that is not held has one.
    package mutating func take() -> (line: Int, head: Head)? {
        var next: Int?
        var earliest = Int64.max
        var longest = lines.count * TimeOrder.patience
        for (index, line) in lines.enumerated() where line.head != nil && !line.isHeld {
            let waited = turn - line.since
            if waited > longest {
                (next, longest, earliest) = (index, waited, .min)
            } else if next == nil || line.time < earliest {
                (next, earliest) = (index, line.time)
            }
        }
        guard let next, let head = withdraw(next) else { return nil }
        turn += 1
        return (next, head)
    }

    /// Takes the head of this line away, if it has one.
    package mutating func withdraw(_ line: Int) -> Head? { lines[line].head.take() }
}
