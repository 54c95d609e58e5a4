import HandoverRules

/// Writes a payload's fields as members of the object that is open in ``writer``.
struct JSONFieldWriter: FieldVisitor {
    var writer: JSONWriter

    mutating func required<V: FieldValue>(_ name: StaticString, _ value: inout V) throws(FieldProblem) {
        writer.name("\(name)")
        write(value)
    }

    mutating func optional<V: FieldValue>(_ name: StaticString, _ value: inout V?) throws(FieldProblem) {
        guard let value else { return }
        writer.name("\(name)")
        write(value)
    }

    mutating func set<V: FieldValue & Comparable>(_ name: StaticString, _ values: inout [V]) throws(FieldProblem) {
        guard !values.isEmpty else { return }
        writer.name("\(name)")
        writer.beginArray()
        for value in values { write(value) }
        writer.endArray()
    }

    mutating func group<G: FieldGroup>(_ name: StaticString, _ value: inout G?) throws(FieldProblem) {
        guard var group = value else { return }
        writer.name("\(name)")
        writer.beginObject()
        try group.visit(&self)
        writer.endObject()
    }

    private mutating func write<V: FieldValue>(_ value: V) {
        switch value.primitive {
        case .text(let text): writer.string(text)
        case .int(let number): writer.int(number)
        case .bool(let flag): writer.bool(flag)
        }
    }
}
