import HandoverRules

extension LagReport {
    /// A table for people, with the columns of `kafka-consumer-groups --describe` and more: one line a topic where all
    /// is well, one a partition where something waits.
    public var table: [String] {
        var cells = [LagReport.titles]
        for topic in Set(partitions.map(\.topic)).sorted() {
            let own = partitions.filter { $0.topic == topic }
            let quiet = own.filter(\.isQuiet)
            if quiet.count == 1, let only = quiet.first {
                cells.append(only.cells)
            } else if !quiet.isEmpty {
                cells.append([topic, "\(quiet.count) quiet", "-", "-", "-", "0", "-", "idle", "-", "-", "-", ""])
            }
            for row in own where !row.isQuiet { cells.append(row.cells) }
        }
        let sum = total.map { (isExact ? "" : "at most ") + "\($0)" } ?? "not known"
        return ["group \(group) at \(RFC3339.utc(Instant(milliseconds: at.milliseconds)))"] + LagReport.aligned(cells)
            + ["lag altogether: \(sum)"]
    }

    private static let titles = [
        "TOPIC", "PARTITION", "CURRENT-OFFSET", "LAST-STABLE", "LOG-END-OFFSET", "LAG", "BEHIND", "STATE",
        "IN/OUT PER S",
        "CAUGHT UP IN", "COMMITTED", "",
    ]

    private static func aligned(_ cells: [[String]]) -> [String] {
        let widths = titles.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(
                separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}

extension LagReport.Partition {
    fileprivate var isQuiet: Bool { state == .idle && lag == 0 && reason.isEmpty }

    fileprivate var cells: [String] {
        func number(_ value: Int64?) -> String { value.map(String.init) ?? "-" }
        func rate(_ value: Double?) -> String { value.map(Figure.short) ?? "-" }
        let rates = rate(movement.inRate) + "/" + rate(movement.outRate)
        return [
            topic, "\(partition)", number(isCommitted ? position : nil), number(lastStableOffset),
            number(highWatermark), (isExact ? "" : "<=") + number(lag), lagSeconds.map(Figure.age) ?? "-",
            state.rawValue, rates, secondsToCatchUp.map(Figure.age) ?? "-",
            commitSeconds.map { Figure.age($0) + " ago" } ?? "never", reason,
        ]
    }
}

/// Numbers as people read them.
public enum Figure {
    /// `4 s`, `12 min`, `3 h`, `2 d`: rounded up, so that nothing that waits is 0.
    public static func age(_ seconds: Double) -> String {
        switch seconds.rounded(.up) {
        case ..<120: "\(Int(seconds.rounded(.up))) s"
        case ..<7_200: "\(Int((seconds / 60).rounded(.up))) min"
        case ..<172_800: "\(Int((seconds / 3_600).rounded(.up))) h"
        default: "\(Int((seconds / 86_400).rounded(.up))) d"
        }
    }

    /// One decimal below ten, none above.
    public static func short(_ number: Double) -> String {
        number < 10 && number != number.rounded() ? "\((number * 10).rounded() / 10)" : "\(Int(number.rounded()))"
    }
}
