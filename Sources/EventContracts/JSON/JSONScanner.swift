/// The walk over the bytes: every value becomes a ``JSONNode``, or the first problem ends it.
/// Every index into `bytes` is checked against `bytes.count` before it is used: buffers are unchecked in release.
struct JSONScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0
    private var nodes: [JSONNode] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        nodes.reserveCapacity(min(bytes.count / 8 + 8, 4096))
    }

    mutating func text() throws(JSONProblem) -> [JSONNode] {
        skipSpace()
        try value(depth: 1)
        skipSpace()
        guard at == bytes.count else { throw JSONProblem(at, "expected the end of the text") }
        return nodes
    }

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while at < bytes.count {
            let byte = bytes[at]
            guard byte == 32 || byte == 10 || byte == 13 || byte == 9 else { return }
            at += 1
        }
    }

    private mutating func value(depth: Int) throws(JSONProblem) {
        switch peek {
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "{"): try object(depth: depth)
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "t"): try word("true", .yes)
        case UInt8(ascii: "f"): try word("false", .no)
        case UInt8(ascii: "n"): try word("null", .null)
        case .some(let byte) where byte == 45 || (48...57).contains(byte): try number()
        default: throw JSONProblem(at, "expected a value")
        }
    }

    private mutating func append(_ kind: JSONNode.Kind, start: Int, length: Int, escaped: Bool = false) {
        nodes.append(
            JSONNode(
                kind: kind, escaped: escaped, start: UInt32(truncatingIfNeeded: start),
                length: UInt32(truncatingIfNeeded: length), next: UInt32(truncatingIfNeeded: nodes.count + 1)))
    }

    private mutating func word(_ text: StaticString, _ kind: JSONNode.Kind) throws(JSONProblem) {
        let count = text.utf8CodeUnitCount
        guard at + count <= bytes.count else { throw JSONProblem(at, "expected a value") }
        for i in 0..<count where bytes[at + i] != text.utf8Start[i] { throw JSONProblem(at, "expected a value") }
        append(kind, start: at, length: count)
        at += count
    }

    // MARK: Containers

    private mutating func array(depth: Int) throws(JSONProblem) {
        let node = try open(.array, depth: depth)
        var count = 0
        if peek == UInt8(ascii: "]") { return close(node, count) }
        while true {
            skipSpace()
            try value(depth: depth + 1)
            count += 1
            skipSpace()
            if peek == UInt8(ascii: "]") { return close(node, count) }
            guard peek == UInt8(ascii: ",") else { throw JSONProblem(at, "expected ',' or ']'") }
            at += 1
        }
    }

    private mutating func object(depth: Int) throws(JSONProblem) {
        let node = try open(.object, depth: depth)
        var count = 0
        if peek == UInt8(ascii: "}") { return close(node, count) }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw JSONProblem(at, "expected a member name") }
            let key = nodes.count, place = at
            try string()
            if isRepeated(key, in: node) { throw JSONProblem(place, "a member name is repeated") }
            skipSpace()
            guard peek == UInt8(ascii: ":") else { throw JSONProblem(at, "expected ':'") }
            at += 1
            skipSpace()
            try value(depth: depth + 1)
            nodes[key].next = UInt32(truncatingIfNeeded: nodes.count)
            count += 1
            guard count <= JSONLimits.membersMax else { throw JSONProblem(place, "an object has too many members") }
            skipSpace()
            if peek == UInt8(ascii: "}") { return close(node, count) }
            guard peek == UInt8(ascii: ",") else { throw JSONProblem(at, "expected ',' or '}'") }
            at += 1
        }
    }

    private mutating func open(_ kind: JSONNode.Kind, depth: Int) throws(JSONProblem) -> Int {
        guard depth <= JSONLimits.depthMax else { throw JSONProblem(at, "values are nested too deeply") }
        append(kind, start: at, length: 0)
        at += 1
        skipSpace()
        return nodes.count - 1
    }

    private mutating func close(_ node: Int, _ count: Int) {
        at += 1
        nodes[node].length = UInt32(truncatingIfNeeded: count)
        nodes[node].next = UInt32(truncatingIfNeeded: nodes.count)
    }

    private func isRepeated(_ key: Int, in object: Int) -> Bool {
        var other = object + 1
        while other < key {
            if isSame(nodes[other], nodes[key]) { return true }
            other = Int(nodes[other].next)
        }
        return false
    }

    private func isSame(_ a: JSONNode, _ b: JSONNode) -> Bool {
        if a.escaped || b.escaped { return plain(a) == plain(b) }
        guard a.length == b.length else { return false }
        for i in 0..<Int(a.length) where bytes[Int(a.start) + i] != bytes[Int(b.start) + i] { return false }
        return true
    }

    private func plain(_ node: JSONNode) -> [UInt8] {
        let raw = Array(bytes[Int(node.start)..<Int(node.start) + Int(node.length)])
        return node.escaped ? JSONEscapes.resolved(raw[...]) : raw
    }

    // MARK: Strings

    private mutating func string() throws(JSONProblem) {
        at += 1
        let start = at
        var escaped = false
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                append(.string, start: start, length: at - start, escaped: escaped)
                at += 1
                return
            }
            if byte == UInt8(ascii: "\\") {
                escaped = true
                try escape()
            } else if byte >= 0x80 {
                try multibyte(byte)
            } else if byte < 0x20 {
                throw JSONProblem(at, "a control character must be escaped")
            } else {
                at += 1
            }
        }
        throw JSONProblem(at, "a string does not end")
    }

    private mutating func escape() throws(JSONProblem) {
        guard at + 1 < bytes.count else { throw JSONProblem(at, "a string does not end") }
        guard bytes[at + 1] == UInt8(ascii: "u") else {
            guard JSONEscapes.short(bytes[at + 1]) != nil else { throw JSONProblem(at, "no such escape") }
            at += 2
            return
        }
        let unit = try utf16()
        if (0xDC00..<0xE000).contains(unit) { throw JSONProblem(at, "a surrogate stands alone") }
        guard (0xD800..<0xDC00).contains(unit) else { return }
        guard at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u"),
            (0xDC00..<0xE000).contains(try utf16())
        else { throw JSONProblem(at, "a surrogate stands alone") }
    }

    /// Reads the four digits of `\uXXXX` and steps behind them.
    private mutating func utf16() throws(JSONProblem) -> UInt32 {
        guard at + 6 <= bytes.count else { throw JSONProblem(at, "no such escape") }
        var unit: UInt32 = 0
        for i in at + 2..<at + 6 {
            guard let digit = JSONEscapes.hex(bytes[i]) else { throw JSONProblem(at, "no such escape") }
            unit = unit * 16 + digit
        }
        at += 6
        return unit
    }

    /// Steps over one UTF-8 sequence of two to four bytes (RFC 3629: shortest form, no surrogates, to U+10FFFF).
    private mutating func multibyte(_ lead: UInt8) throws(JSONProblem) {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONProblem(at, "not UTF-8")
        }
        guard at + length <= bytes.count, second.contains(bytes[at + 1]) else { throw JSONProblem(at, "not UTF-8") }
        for i in 2..<max(length, 2) where bytes[at + i] & 0xC0 != 0x80 { throw JSONProblem(at, "not UTF-8") }
        at += length
    }

    // MARK: Numbers

    private mutating func number() throws(JSONProblem) {
        let start = at
        if peek == 45 { at += 1 }
        if peek == 48 {
            at += 1
        } else {
            try digits()
        }
        var isWhole = true
        if peek == UInt8(ascii: ".") {
            isWhole = false
            at += 1
            try digits()
        }
        if let byte = peek, byte | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            at += 1
            if let sign = peek, sign == 43 || sign == 45 { at += 1 }
            try digits()
        }
        if !isWhole || at - start > 300 {
            let text = String(decoding: bytes[start..<at], as: UTF8.self)
            guard let value = Double(text), value.isFinite else { throw JSONProblem(start, "a number is too large") }
        }
        append(isWhole ? .integer : .fraction, start: start, length: at - start)
    }

    private mutating func digits() throws(JSONProblem) {
        let start = at
        while at < bytes.count, (48...57).contains(bytes[at]) { at += 1 }
        guard at > start else { throw JSONProblem(at, "expected a digit") }
    }
}
