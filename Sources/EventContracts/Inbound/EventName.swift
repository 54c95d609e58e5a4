import HandoverRules

/// The wire type `throughgate.NAME.vMAJOR`.
enum EventName {
    /// `throughgate.release.actual.v1`.
    static func text(of type: EventType) -> String { "throughgate.\(type.rawValue).v1" }

    static func read(_ bytes: [UInt8]) throws(Rejection) -> EventType {
        for (name, type) in known where name == bytes { return type }
        throw refusal(bytes)
    }

    private static let known = EventType.allCases.map { (Array(text(of: $0).utf8), $0) }

    /// A known name of another version is told apart: a newer producer, not a stranger.
    private static func refusal(_ bytes: [UInt8]) -> Rejection {
        guard bytes.count <= 200, let text = String(validating: bytes, as: UTF8.self), text.hasPrefix("throughgate."),
            let cut = text.range(ofLast: ".v"), !text[cut.upperBound...].isEmpty,
            text[cut.upperBound...].utf8.allSatisfy({ (48...57).contains($0) }),
            EventType(rawValue: String(text[..<cut.lowerBound].dropFirst("throughgate.".count))) != nil
        else { return Rejection(.unknownType, "type: is not a published event type") }
        return Rejection(.unknownVersion, "type: must be version 1 of this event type")
    }
}

extension String {
    fileprivate func range(ofLast part: String) -> Range<String.Index>? {
        var at = endIndex
        while at > startIndex {
            at = index(before: at)
            if self[at...].hasPrefix(part) { return at..<index(at, offsetBy: part.count) }
        }
        return nil
    }
}
