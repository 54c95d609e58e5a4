import HandoverRules

/// Fills a payload from a JSON object. Counts the members that no field claimed.
struct JSONFieldReader: FieldVisitor {
    private let document: JSONDocument
    private let object: Int
    /// Where the next search starts: fields mostly come in the order of their declaration.
    private var cursor: Int
    private var claimed = 0
    private var unknownInside = 0

    /// `object` must be the index of an object.
    init(_ document: JSONDocument, object: Int) {
        self.document = document
        self.object = object
        cursor = object + 1
    }

    /// Members that no visited field claimed, nested objects included.
    var unknownFields: Int { Int(document.nodes[object].length) - claimed + unknownInside }

    mutating func required<V: FieldValue>(_ name: StaticString, _ value: inout V) throws(FieldProblem) {
        guard let index = find(name) else { throw FieldProblem("\(name)", .missing) }
        value = try read(name, index)
    }

    mutating func optional<V: FieldValue>(_ name: StaticString, _ value: inout V?) throws(FieldProblem) {
        guard let index = find(name) else {
            value = nil
            return
        }
        value = try read(name, index) as V
    }

    mutating func set<V: FieldValue & Comparable>(_ name: StaticString, _ values: inout [V]) throws(FieldProblem) {
        values = []
        guard let index = find(name) else { return }
        let node = document.nodes[index]
        guard node.kind == .array else { throw FieldProblem("\(name)", .invalid("must be an array")) }
        guard node.length <= FieldLimits.setMax else {
            throw FieldProblem("\(name)", .invalid("must have at most 64 entries"))
        }
        var at = index + 1
        while at < Int(node.next) {
            values.append(try read(name, at))
            at = Int(document.nodes[at].next)
        }
        values = values.asSet()
    }

    mutating func group<G: FieldGroup>(_ name: StaticString, _ value: inout G?) throws(FieldProblem) {
        value = nil
        guard let index = try object(name) else { return }
        var inner = JSONFieldReader(document, object: index)
        var group = G()
        do throws(FieldProblem) {
            try group.visit(&inner)
        } catch {
            throw FieldProblem("\(name).\(error.field)", error.rule)
        }
        unknownInside += inner.unknownFields
        value = group
    }

    /// The index of a nested object that is no payload field, nil where it is absent or null.
    mutating func object(_ name: StaticString) throws(FieldProblem) -> Int? {
        guard let index = find(name) else { return nil }
        guard document.nodes[index].kind == .object else {
            throw FieldProblem("\(name)", .invalid("must be an object"))
        }
        return index
    }

    /// The value of a member, nil where it is absent or null. A claimed member is not unknown, even if null.
    private mutating func find(_ name: StaticString) -> Int? {
        let end = Int(document.nodes[object].next)
        guard end > object + 1 else { return nil }
        if cursor >= end { cursor = object + 1 }
        var key = cursor
        repeat {
            let next = Int(document.nodes[key].next)
            if document.holds(key, name) {
                cursor = next
                claimed += 1
                return document.nodes[key + 1].kind == .null ? nil : key + 1
            }
            key = next >= end ? object + 1 : next
        } while key != cursor
        return nil
    }

    private func read<V: FieldValue>(_ name: StaticString, _ index: Int) throws(FieldProblem) -> V {
        do throws(FieldRule) {
            return try V(primitive: try document.primitive(at: index))
        } catch {
            throw FieldProblem("\(name)", error)
        }
    }
}

extension JSONDocument {
    /// A scalar as a field sees it.
    func primitive(at index: Int) throws(FieldRule) -> Primitive {
        switch nodes[index].kind {
        case .string: return .text(string(at: index))
        case .yes: return .bool(true)
        case .no: return .bool(false)
        case .integer, .fraction:
            guard let number = integer(at: index) else { throw .invalid("must be a 64-bit whole number") }
            return .int(number)
        case .null, .array, .object: throw .invalid("must be a string, a number, true or false")
        }
    }
}

/// What one field may hold at most.
enum FieldLimits {
    /// Entries of a set; the longest list of codes has fewer.
    static let setMax = 64
}

extension Array where Element: Comparable {
    /// Sorted, repeats folded: the one form of a set.
    func asSet() -> [Element] {
        guard count > 1 else { return self }
        return sorted().reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }
}
