/// A view of one value of a ``JSONDocument``.
public struct JSONValue: Sendable {
    let document: JSONDocument
    let index: Int

    /// The value in Swift's terms; containers by view.
    public enum Content: Sendable {
        case null
        case bool(Bool)
        /// A number without fraction or exponent that fits 64 bits.
        case int(Int64)
        /// Any other number; always finite.
        case double(Double)
        case string(String)
        case array([JSONValue])
        /// Members in the order of the text; names never repeat.
        case object([(name: String, value: JSONValue)])
    }

    public var content: Content {
        let node = document.nodes[index]
        switch node.kind {
        case .null: return .null
        case .no: return .bool(false)
        case .yes: return .bool(true)
        case .integer:
            // An integer beyond 64 bits is kept as the nearest Double.
            return document.integer(at: index).map { .int($0) } ?? .double(document.double(at: index) ?? 0)
        case .fraction: return .double(document.double(at: index) ?? 0)
        case .string: return .string(document.string(at: index))
        case .array: return .array(elements(node))
        case .object: return .object(members(node))
        }
    }

    /// The member of that name, nil where there is none or this is no object.
    public subscript(_ name: StaticString) -> JSONValue? {
        document.member(name, of: index).map { JSONValue(document: document, index: $0) }
    }

    /// The string, or nil where this is something else.
    public var string: String? { document.nodes[index].kind == .string ? document.string(at: index) : nil }

    private func elements(_ node: JSONNode) -> [JSONValue] {
        var found: [JSONValue] = []
        var at = index + 1
        while at < Int(node.next) {
            found.append(JSONValue(document: document, index: at))
            at = Int(document.nodes[at].next)
        }
        return found
    }

    private func members(_ node: JSONNode) -> [(name: String, value: JSONValue)] {
        var found: [(name: String, value: JSONValue)] = []
        var key = index + 1
        while key < Int(node.next) {
            found.append((document.string(at: key), JSONValue(document: document, index: key + 1)))
            key = Int(document.nodes[key].next)
        }
        return found
    }
}
