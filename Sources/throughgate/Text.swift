/// Columns of text.
enum Text {
    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Cells beside each other, without blanks at the end.
    static func row(_ cells: [String]) -> String {
        let row = cells.joined(separator: "  ")
        return String(row.reversed().drop { $0 == " " }.reversed())
    }
}
