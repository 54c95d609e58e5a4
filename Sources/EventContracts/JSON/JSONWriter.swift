/// Writes JSON in the order in which it is told, without spaces. Correct by construction for what it offers; the
/// caller pairs each begin with its end.
public struct JSONWriter: Sendable {
    /// Room, the first `used` bytes of it written: a byte goes to its place without an array's growing at each.
    private var room: [UInt8]
    private var used = 0
    private var needsComma = false

    public init(capacity: Int = 512) { room = [UInt8](repeating: 0, count: max(capacity, 64)) }

    /// The text so far.
    public var bytes: [UInt8] { Array(room[..<used]) }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// A member's name; its value comes next.
    public mutating func name(_ name: String) {
        comma()
        quoted(name)
        byte(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func string(_ text: String) {
        comma()
        quoted(text)
        needsComma = true
    }

    public mutating func int(_ number: Int64) { literal(String(number)) }
    public mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }
    public mutating func null() { literal("null") }

    /// A number with one decimal, given in tenths: 550 is `55.0`.
    public mutating func tenths(_ number: Int64) { literal("\(number / 10).\(abs(number % 10))") }

    private mutating func literal(_ text: String) {
        comma()
        for byte in text.utf8 { self.byte(byte) }
        needsComma = true
    }

    private mutating func comma() { if needsComma { byte(UInt8(ascii: ",")) } }

    private mutating func open(_ bracket: UInt8) {
        comma()
        byte(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        byte(bracket)
        needsComma = true
    }

    private mutating func byte(_ byte: UInt8) {
        makeRoom(1)
        room[used] = byte
        used += 1
    }

    private mutating func makeRoom(_ more: Int) {
        guard room.count - used < more else { return }
        room.append(contentsOf: repeatElement(0, count: max(more, room.count)))
    }

    /// In quotes and with what must be escaped.
    private mutating func quoted(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            makeRoom(JSONWriter.escapedMax * utf8.count + 2)
            room.withUnsafeMutableBufferPointer { JSONWriter.quote(utf8, into: $0, at: &used) }
        }
    }

    /// `\u001f`.
    private static let escapedMax = 6

    private static func quote(
        _ text: UnsafeBufferPointer<UInt8>, into out: UnsafeMutableBufferPointer<UInt8>, at used: inout Int
    ) {
        var at = used, next = 0
        put(UInt8(ascii: "\""), into: out, at: &at)
        while next < text.count {
            let plain = plainRun(text, from: next)
            _ = out[at..<(at + plain)].update(fromContentsOf: text[next..<(next + plain)])
            (at, next) = (at + plain, next + plain)
            if next < text.count {
                escape(text[next], into: out, at: &at)
                next += 1
            }
        }
        put(UInt8(ascii: "\""), into: out, at: &at)
        used = at
    }

    /// How many bytes from `start` stand as they are. Words have next to none that do not: eight at a time are looked
    /// at, by arithmetic that marks a byte's top bit where it is below a space, a quote or a backslash.
    private static func plainRun(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let raw = UnsafeRawBufferPointer(text)
        var at = start
        while at + 8 <= raw.count {
            let word = raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            let quote = word ^ (ones &* UInt64(UInt8(ascii: "\""))), slash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            let low = (word &- ones &* 0x20) & ~word
            let marked = (low | ((quote &- ones) & ~quote) | ((slash &- ones) & ~slash)) & tops
            if marked != 0 { break }
            at += 8
        }
        while at < raw.count, raw[at] >= 0x20, raw[at] != UInt8(ascii: "\""), raw[at] != UInt8(ascii: "\\") { at += 1 }
        return at - start
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    private static func escape(_ byte: UInt8, into out: UnsafeMutableBufferPointer<UInt8>, at: inout Int) {
        put(UInt8(ascii: "\\"), into: out, at: &at)
        guard byte < 0x20 else { return put(byte, into: out, at: &at) }
        for byte in "u00".utf8 { put(byte, into: out, at: &at) }
        put(hex[Int(byte >> 4)], into: out, at: &at)
        put(hex[Int(byte & 15)], into: out, at: &at)
    }

    @inline(__always)
    private static func put(_ byte: UInt8, into out: UnsafeMutableBufferPointer<UInt8>, at: inout Int) {
        out[at] = byte
        at += 1
    }

    private static let hex = Array("0123456789abcdef".utf8)
}
