/// Why a register file is not taken: line, column and rule, never the value. Nothing of the file was kept.
public struct ImportProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line on which the row begins, from 1 (the header); nil where the file as a whole is at fault.
    public let line: Int?
    /// The column's name in the header; nil where no single column is at fault.
    public let column: String?
    /// What the file must be.
    public let rule: String

    init(line: Int?, column: String? = nil, _ rule: String) {
        self.line = line
        self.column = column
        self.rule = rule
    }

    /// `line 7, column date_of_birth: must be a date YYYY-MM-DD`
    public var description: String {
        let place = [line.map { "line \($0)" }, column.map { "column \($0)" }].compactMap(\.self)
        return place.isEmpty ? rule : place.joined(separator: ", ") + ": " + rule
    }
}
