/// Why bytes are not JSON, and where. It never carries what stood there: that could be a person's.
public struct JSONProblem: Error, Hashable, Sendable {
    /// Byte offset from the start of the text.
    public let offset: Int
    private let rule: Words

    init(_ offset: Int, _ rule: StaticString) {
        self.offset = offset
        self.rule = Words(text: rule)
    }

    /// The broken rule, for `tg_detail`.
    public var words: String { "byte \(offset): \(rule.text)" }

    private struct Words: Hashable, Sendable {
        let text: StaticString
        static func == (a: Words, b: Words) -> Bool { "\(a.text)" == "\(b.text)" }
        func hash(into hasher: inout Hasher) { hasher.combine("\(text)") }
    }
}

/// What a JSON text may be at most. Each bound keeps one hostile record from costing more than its size.
public enum JSONLimits {
    /// Levels of nesting; ours need 4, an SNS-wrapped event 4.
    public static let depthMax = 32
    /// Members of one object; names are compared with each other, so the cost grows with the square.
    public static let membersMax = 256
}
