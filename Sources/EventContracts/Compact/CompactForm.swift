import Crypto
import HandoverRules

/// What the compact form of today looks like, in 32 bits. The form is positional: a field added, moved or renamed in
/// any payload, or a change of a code list, changes the fingerprint, and bytes of before are then refused and rebuilt
/// from the log instead of being misread. Nobody has to remember to raise a number.
enum CompactForm {
    /// Raised by hand when the form changes in a way the fingerprint can't see.
    static let version: UInt8 = 2

    static let fingerprint: [UInt8] = {
        var text = CodeTable.shared.words.joined(separator: ",")
        for type in EventType.allCases {
            var names = FieldNames()
            // A rule across fields ends the visit only after every field was named.
            _ = try? Payload.read(type, &names)
            text += "|\(type.rawValue):\(names.text)"
        }
        return Array(SHA256.hash(data: Array(text.utf8)).prefix(4))
    }()
}

/// Lists the fields of a payload, nested ones included.
private struct FieldNames: FieldVisitor {
    private(set) var text = ""

    mutating func required<V: FieldValue>(_ name: StaticString, _ value: inout V) throws(FieldProblem) {
        text += "\(name)!\(V.self) "
    }
    mutating func optional<V: FieldValue>(_ name: StaticString, _ value: inout V?) throws(FieldProblem) {
        text += "\(name)?\(V.self) "
    }
    mutating func set<V: FieldValue & Comparable>(_ name: StaticString, _ values: inout [V]) throws(FieldProblem) {
        text += "\(name)*\(V.self) "
    }
    mutating func group<G: FieldGroup>(_ name: StaticString, _ value: inout G?) throws(FieldProblem) {
        text += "\(name){"
        var group = G()
        try? group.visit(&self)
        text += "} "
    }
}
