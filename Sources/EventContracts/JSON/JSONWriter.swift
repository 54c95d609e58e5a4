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
        var at = used
        put(UInt8(ascii: "\""), into: out, at: &at)
        for byte in text {
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                put(byte, into: out, at: &at)
            } else {
                escape(byte, into: out, at: &at)
            }
        }
        put(UInt8(ascii: "\""), into: out, at: &at)
        used = at
    }

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
