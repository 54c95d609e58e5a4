/// One decoder of bytes that come from outside, with what must hold whatever comes. The same targets are driven by
/// libFuzzer (`make fuzz`) and, for some thousands of seeded inputs each, by the tests.
package struct FuzzTarget: Sendable {
    /// The folder of its corpus, and the word of `make fuzz TARGET=…`.
    package let name: String
    /// What did not hold; nil when all did. A trap is left to whoever runs it. It never says what the bytes are.
    package let breach: @Sendable (_ bytes: [UInt8]) -> String?

    package init(_ name: String, breach: @escaping @Sendable (_ bytes: [UInt8]) -> String?) {
        self.name = name
        self.breach = breach
    }

    package static let all: [FuzzTarget] = EventTargets.all + DoorTargets.all + SealTargets.all + StoredTargets.all

    package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// The words that stand wherever the corpus has a value. Mutations carry them along, so that an answer with one of them
/// in it is an answer that repeats what it was given.
package enum Marker {
    package static let words = ["canary", "9876qx"]

    /// A detail is short plain text that names field and rule, and nothing of what it was given.
    package static func breach(inDetail detail: String) -> String? {
        if detail.isEmpty || detail.utf8.count > 400 { return "a detail of \(detail.utf8.count) bytes" }
        let folded = detail.lowercased()
        if words.contains(where: folded.contains) { return "a detail repeats what it was given" }
        if detail.utf8.contains(where: { $0 < 32 || $0 == 127 }) { return "a detail with control characters" }
        return nil
    }
}
