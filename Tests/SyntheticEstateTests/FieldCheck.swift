import HandoverRules

/// Visits every field as a writer does, re-reads what it would write, and so finds any value that a reader refuses.
struct FieldCheck: FieldVisitor {
    var visited = 0

    mutating func required<V: FieldValue>(_ name: StaticString, _ value: inout V) throws(FieldProblem) {
        visited += 1
        do {
            value = try V(primitive: value.primitive)
        } catch {
            throw FieldProblem("\(name)", error)
        }
    }

    mutating func optional<V: FieldValue>(_ name: StaticString, _ value: inout V?) throws(FieldProblem) {
        if var inner = value {
            try required(name, &inner)
            value = inner
        }
    }

    mutating func set<V: FieldValue & Comparable>(_ name: StaticString, _ values: inout [V]) throws(FieldProblem) {
        for index in values.indices { try required(name, &values[index]) }
    }

    mutating func group<G: FieldGroup>(_ name: StaticString, _ value: inout G?) throws(FieldProblem) {
        try value?.visit(&self)
    }
}
