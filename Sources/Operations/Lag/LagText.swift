import HandoverRules

extension LagReport {
    /// A table for people, with the columns of `kafka-consumer-groups --describe` and more: one line a topic where all
    /// is well, one a partition where something waits.
    public var table: [String] { table(width: nil) }

    /// The same within so many characters a line: the columns that matter least at night are left out, and a reason
    /// that does not fit stands below its line.
    /// - Parameter width: of the terminal; nil: as wide as it gets. Below 72 it is taken for 72.
    public func table(width: Int?) -> [String] {
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
        return ["group \(group) at \(RFC3339.utc(Instant(milliseconds: at.milliseconds)))"]
            + LagReport.aligned(cells, within: width.map { max(72, $0) } ?? .max)
            + ["lag altogether: \(sum)"] + readers
    }

    /// One line for each recipient that has something to fetch or of whom it is not known; the rest are counted.
    private var readers: [String] {
        guard let recipients, !recipients.isEmpty else { return [] }
        let telling = recipients.filter { !$0.isKnown || $0.handovers > 0 }
        let rows = telling.map { row in
            let many = row.handovers >= RecipientLag.countedMax ? "at least " : ""
            return [
                row.recipient, row.door.rawValue, row.isKnown ? many + "\(row.handovers)" : "not known",
                row.isKnown ? many + "\(row.people)" : "not known",
                row.minutes(at: at).map { "\($0) min" } ?? "-",
            ]
        }
        let cells = [["RECIPIENT", "DOOR", "NOT FETCHED", "PEOPLE", "OLDEST"]] + rows
        let widths = LagReport.widths(of: cells)
        let lines = cells.map { LagReport.trimmed(LagReport.line($0, Array($0.indices), widths)) }
        let upToDate = recipients.count - telling.count
        return [""] + (rows.isEmpty ? [] : lines) + ["recipients with nothing to fetch: \(upToDate)"]
    }

    private static let titles = [
        "TOPIC", "PARTITION", "CURRENT-OFFSET", "LAST-STABLE", "LOG-END-OFFSET", "LAG", "BEHIND", "STATE",
        "IN/OUT PER S",
        "CAUGHT UP IN", "COMMITTED", "",
    ]

    /// LAST-STABLE, COMMITTED, CAUGHT UP IN, LOG-END-OFFSET, CURRENT-OFFSET, rates.
    private static let leftOut = [3, 10, 9, 4, 2, 8]

    private static func aligned(_ cells: [[String]], within width: Int) -> [String] {
        let widths = widths(of: cells)
        let last = titles.count - 1
        var kept = Array(0..<last)
        for column in leftOut where kept.reduce(0, { $0 + widths[$1] + 2 }) - 2 > width {
            kept.removeAll { $0 == column }
        }
        return cells.flatMap { row in
            let line = line(row, kept, widths)
            if row[last].isEmpty || line.count + 2 + row[last].count <= width {
                return [trimmed(line + "  " + row[last])]
            }
            return [trimmed(line)] + wrapped(row[last], to: width - 4).map { "    " + $0 }
        }
    }

    private static func widths(of cells: [[String]]) -> [Int] {
        cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    }

    private static func line(_ row: [String], _ columns: [Int], _ widths: [Int]) -> String {
        columns.map { row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count) }.joined(separator: "  ")
    }

    private static func trimmed(_ line: String) -> String { String(line.reversed().drop { $0 == " " }.reversed()) }

    private static func wrapped(_ text: String, to width: Int) -> [String] {
        text.split(separator: " ").reduce(into: []) { lines, word in
            if let line = lines.last, line.count + 1 + word.count <= width {
                lines[lines.count - 1] = line + " " + word
            } else {
                lines.append(String(word))
            }
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
