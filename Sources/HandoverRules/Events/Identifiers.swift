/// A string with a shape of its own. `accepts` judges the text after ``normalised(_:)``.
public protocol PatternText: FieldValue, Comparable, CustomStringConvertible {
    static var rule: StaticString { get }
    static func accepts(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool
    static func normalised(_ text: String) -> String
    var text: String { get }
    init(unchecked text: String)
}

extension PatternText {
    @inlinable public static func normalised(_ text: String) -> String { text }
    @inlinable public static var blank: Self { Self(unchecked: "") }
    @inlinable public var primitive: Primitive { .text(text) }
    public var description: String { text }

    /// The value, or nil where the text breaks ``rule``.
    @inlinable public init?(_ text: String) {
        var candidate = Self.normalised(text)
        guard candidate.withUTF8({ Self.accepts($0) }) else { return nil }
        self.init(unchecked: candidate)
    }

    @inlinable public init(primitive: Primitive) throws(FieldRule) {
        guard case .text(let text) = primitive, let value = Self(text) else { throw .invalid(Self.rule) }
        self = value
    }

    public static func < (a: Self, b: Self) -> Bool { a.text < b.text }
}

/// Prison number, `^[A-Z][0-9]{4}[A-Z]{2}$` after trimming and upper-casing; no check digit (domain.md §5).
/// Synthetic people start with Z. It names a person: it never appears in text (design law 5).
public struct NomsNumber: PatternText {
    public static let rule: StaticString = "must be a prison number: a letter, four digits, two letters"
    public let text: String
    public init(unchecked text: String) { self.text = text }
    public static func accepts(_ b: UnsafeBufferPointer<UInt8>) -> Bool {
        b.count == 7 && upper(b[0]) && b[1...4].allSatisfy(digit) && upper(b[5]) && upper(b[6])
    }
    public static func normalised(_ text: String) -> String {
        if text.utf8.count == 7, text.utf8.allSatisfy({ upper($0) || digit($0) }) { return text }
        let trimmed = text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
        return capitals(String(trimmed))
    }
}

/// Prison code, `^[A-Z]{3}$`; whether it exists is the register's business.
public struct PrisonID: PatternText {
    public static let rule: StaticString = "must be a prison code of three capital letters"
    public let text: String
    public init(unchecked text: String) { self.text = text }
    public static func accepts(_ b: UnsafeBufferPointer<UInt8>) -> Bool { b.count == 3 && b.allSatisfy(upper) }
}

/// Upper-tier local authority, GSS code `^[EWSN][0-9]{8}$`.
public struct AuthorityID: PatternText {
    public static let rule: StaticString = "must be a GSS authority code such as E08000035"
    public let text: String
    public init(unchecked text: String) { self.text = text }
    public static func accepts(_ b: UnsafeBufferPointer<UInt8>) -> Bool {
        b.count == 9 && [69, 87, 83, 78].contains(b[0]) && b[1...8].allSatisfy(digit)
    }
    /// England and Wales keep one set of bank holidays, Scotland and Northern Ireland their own.
    public var holidayNation: HolidayNation {
        switch text.utf8.first {
        case UInt8(ascii: "S"): .scotland
        case UInt8(ascii: "N"): .northernIreland
        default: .englandAndWales
        }
    }
}

/// The three bank-holiday calendars of gov.uk.
public enum HolidayNation: String, CaseIterable, Sendable, Hashable {
    case englandAndWales = "england-wales"
    case scotland
    case northernIreland = "northern-ireland"
}

/// UK postcode with its space, or the pseudo postcodes `ZZ99 3VZ` (no fixed abode) and `ZZ99 3WZ` (not known).
public struct Postcode: PatternText {
    public static let rule: StaticString = "must be a UK postcode"
    public static let noFixedAbode = Postcode(unchecked: "ZZ99 3VZ")
    public static let notKnown = Postcode(unchecked: "ZZ99 3WZ")
    public let text: String
    public init(unchecked text: String) { self.text = text }

    public static func accepts(_ b: UnsafeBufferPointer<UInt8>) -> Bool {
        guard (6...8).contains(b.count), b[b.count - 4] == 32, digit(b[b.count - 3]), upper(b[b.count - 2]),
            upper(b[b.count - 1])
        else { return false }
        let area = b[0..<b.count - 4]
        return upper(area[0]) && area.allSatisfy { upper($0) || digit($0) } && area.contains(where: digit)
    }

    /// Upper case, one space before the last three characters.
    public static func normalised(_ text: String) -> String {
        var text = text
        if text.withUTF8({ accepts($0) }) { return text }
        let packed = capitals(text.filter { !$0.isWhitespace })
        guard packed.utf8.count > 3 else { return packed }
        let cut = packed.index(packed.endIndex, offsetBy: -3)
        return packed[..<cut] + " " + packed[cut...]
    }

    /// `LS9` of `LS9 7FL`.
    public var outcode: String { String(text.prefix { $0 != " " }) }
}

/// An id that its maker chose: 1–64 of `A-Z a-z 0-9 : _ -` (domain.md §7.2).
public struct Label: PatternText {
    public static let rule: StaticString = "must be 1 to 64 letters, digits, ':', '_' or '-'"
    public let text: String
    public init(unchecked text: String) { self.text = text }
    public static func accepts(_ b: UnsafeBufferPointer<UInt8>) -> Bool {
        (1...64).contains(b.count)
            && b.allSatisfy { upper($0) || digit($0) || (97...122).contains($0) || $0 == 58 || $0 == 95 || $0 == 45 }
    }
}

/// Movement reason code, 1–8 characters; its class is reference data, never code (domain.md §5).
public struct MovementReasonCode: PatternText {
    public static let rule: StaticString = "must be 1 to 8 letters, digits or '_'"
    public let text: String
    public init(unchecked text: String) { self.text = text }
    public static func accepts(_ b: UnsafeBufferPointer<UInt8>) -> Bool {
        (1...8).contains(b.count) && b.allSatisfy { upper($0) || digit($0) || (97...122).contains($0) || $0 == 95 }
    }
}

/// Batch number of a kit, `^[A-Z0-9-]{3,20}$`; not unique.
public struct BatchNumber: PatternText {
    public static let rule: StaticString = "must be 3 to 20 capital letters, digits or '-'"
    public let text: String
    public init(unchecked text: String) { self.text = text }
    public static func accepts(_ b: UnsafeBufferPointer<UInt8>) -> Bool {
        (3...20).contains(b.count) && b.allSatisfy { upper($0) || digit($0) || $0 == 45 }
    }
}

/// `hh:mm` or `hh:mm:ss`, local time of a plan; kept, not judged by a rule.
public struct TimeOfDay: PatternText {
    public static let rule: StaticString = "must be a time hh:mm or hh:mm:ss"
    public let text: String
    public init(unchecked text: String) { self.text = text }
    public static func accepts(_ b: UnsafeBufferPointer<UInt8>) -> Bool {
        guard b.count == 5 || b.count == 8 else { return false }
        func pair(_ at: Int, below limit: Int) -> Bool {
            digit(b[at]) && digit(b[at + 1]) && Int(b[at] - 48) * 10 + Int(b[at + 1] - 48) < limit
        }
        return pair(0, below: 24) && b[2] == 58 && pair(3, below: 60)
            && (b.count == 5 || (b[5] == 58 && pair(6, below: 60)))
    }
}

/// A role code with an opaque staff reference, `NURSE/7f2`; no names (domain.md §7.1).
public struct StaffReference: PatternText {
    public static let rule: StaticString = "must be a role code, '/', and an opaque reference"
    public let text: String
    public init(unchecked text: String) { self.text = text }
    public static func accepts(_ b: UnsafeBufferPointer<UInt8>) -> Bool {
        guard (1...80).contains(b.count) else { return false }
        return b.allSatisfy {
            upper($0) || digit($0) || (97...122).contains($0) || [95, 45, 47, 58].contains($0)
        }
    }
}

/// Words of a member of staff, 1–140 Unicode scalars (as JSON Schema counts) without control characters. Kept, never
/// shown in logs or errors.
public struct FreeText: PatternText {
    public static let rule: StaticString = "must be 1 to 140 characters"
    public let text: String
    public init(unchecked text: String) { self.text = text }
    public static func accepts(_ b: UnsafeBufferPointer<UInt8>) -> Bool {
        (1...560).contains(b.count) && b.allSatisfy { $0 >= 32 && $0 != 127 }
            && String(decoding: b, as: UTF8.self).unicodeScalars.count <= 140
    }
}

/// a–z as A–Z and nothing else: elsewhere `ß` would become two letters, and `ſ` or `ı` somebody else's number.
func capitals(_ text: String) -> String {
    String(decoding: text.utf8.map { (97...122).contains($0) ? $0 - 32 : $0 }, as: UTF8.self)
}
func upper(_ byte: UInt8) -> Bool { byte >= 65 && byte <= 90 }
func digit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
