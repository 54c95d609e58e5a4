/// Escapes inside JSON strings (RFC 8259 §7).
enum JSONEscapes {
    /// The UTF-8 bytes that an escaped string stands for. The text was found correct before: every escape is whole.
    static func resolved(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var at = text.startIndex
        while at < text.endIndex {
            guard text[at] == UInt8(ascii: "\\"), at + 1 < text.endIndex else {
                out.append(text[at])
                at += 1
                continue
            }
            if text[at + 1] == UInt8(ascii: "u") {
                let (scalar, length) = unicode(text, at: at)
                out.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
                at += length
            } else {
                out.append(short(text[at + 1]) ?? text[at + 1])
                at += 2
            }
        }
        return out
    }

    /// What the byte after a backslash stands for; nil for `u` and for what is no escape.
    static func short(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "f"): 12
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        default: nil
        }
    }

    static func hex(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 48...57: UInt32(byte - 48)
        case 65...70: UInt32(byte - 55)
        case 97...102: UInt32(byte - 87)
        default: nil
        }
    }

    /// The scalar of `\uXXXX` or of a surrogate pair, and how many bytes it takes.
    private static func unicode(_ text: ArraySlice<UInt8>, at: Int) -> (Unicode.Scalar, Int) {
        func unit(_ from: Int) -> UInt32 {
            (from..<min(from + 4, text.endIndex)).reduce(0) { $0 * 16 + (hex(text[$1]) ?? 0) }
        }
        let first = unit(at + 2)
        guard (0xD800..<0xDC00).contains(first) else { return (Unicode.Scalar(first) ?? "\u{FFFD}", 6) }
        let scalar = 0x10000 + ((first - 0xD800) << 10) + (unit(at + 8) &- 0xDC00) & 0x3FF
        return (Unicode.Scalar(scalar) ?? "\u{FFFD}", 12)
    }
}
