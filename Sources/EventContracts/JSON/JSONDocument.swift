/// A JSON text that was found correct, with a flat index of its values. Strings stay where they are in ``bytes``
/// and are made only when asked for.
public struct JSONDocument: Sendable {
    /// The text as it came.
    public let bytes: [UInt8]
    let nodes: [JSONNode]

    init(bytes: [UInt8], nodes: [JSONNode]) {
        self.bytes = bytes
        self.nodes = nodes
    }

    /// The outermost value.
    public var root: JSONValue { JSONValue(document: self, index: 0) }
}

/// One value, 16 bytes. A member's name is a `string` node whose value follows at the next index and whose `next` is
/// the name after it; any other node's `next` is the node after the whole value.
struct JSONNode: Sendable {
    enum Kind: UInt8, Sendable { case null, no, yes, integer, fraction, string, array, object }

    var kind: Kind
    /// A string with a backslash in it.
    var escaped = false
    /// First byte, inside the quotes.
    var start: UInt32
    /// Bytes of a string or a number; elements or members of a container.
    var length: UInt32
    var next: UInt32
}

extension JSONDocument {
    /// The index of a member's value, or nil.
    func member(_ name: StaticString, of object: Int) -> Int? {
        guard nodes[object].kind == .object else { return nil }
        var key = object + 1
        let end = Int(nodes[object].next)
        while key < end {
            if holds(key, name) { return key + 1 }
            key = Int(nodes[key].next)
        }
        return nil
    }

    /// Whether the string at `index` is `text`.
    func holds(_ index: Int, _ text: StaticString) -> Bool {
        let node = nodes[index]
        if node.escaped { return string(at: index) == "\(text)" }
        guard Int(node.length) == text.utf8CodeUnitCount else { return false }
        return bytes.withUnsafeBufferPointer { all in
            let wanted = text.utf8Start
            for i in 0..<Int(node.length) where all[Int(node.start) + i] != wanted[i] { return false }
            return true
        }
    }

    /// The text of a string node, escapes resolved.
    func string(at index: Int) -> String {
        let node = nodes[index]
        if node.escaped { return String(decoding: utf8(at: index), as: UTF8.self) }
        return bytes.withUnsafeBufferPointer {
            String(decoding: UnsafeBufferPointer(rebasing: $0[range(node)]), as: UTF8.self)
        }
    }

    /// The UTF-8 bytes of a string node, escapes resolved.
    func utf8(at index: Int) -> [UInt8] {
        let node = nodes[index]
        return node.escaped ? JSONEscapes.resolved(bytes[range(node)]) : Array(bytes[range(node)])
    }

    /// A number without a fraction that fits 64 bits; `1.0` is one too, as JSON Schema has it.
    func integer(at index: Int) -> Int64? {
        let node = nodes[index]
        switch node.kind {
        case .integer:
            return Int64(numberText(node))
        case .fraction:
            return double(at: index).flatMap { Int64(exactly: $0) }
        default:
            return nil
        }
    }

    /// Any number as a Double.
    func double(at index: Int) -> Double? {
        let node = nodes[index]
        guard node.kind == .integer || node.kind == .fraction else { return nil }
        return Double(numberText(node))
    }

    private func numberText(_ node: JSONNode) -> String { String(decoding: bytes[range(node)], as: UTF8.self) }

    private func range(_ node: JSONNode) -> Range<Int> { Int(node.start)..<Int(node.start) + Int(node.length) }
}
