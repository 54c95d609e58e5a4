import Crypto
import EventContracts
public import HandoverRules

/// What is audited: every act of an operator, every view of a body, every use of a token, every change of settings.
public enum AuditAction: String, Sendable, Hashable, CaseIterable {
    /// A settled range of reads and uses by tokens, with its digest.
    case access = "ACCESS"
    /// The content of a rejected record was shown, for a reason.
    case bodyView = "BODY_VIEW"
    case redrive = "REDRIVE", discard = "DISCARD"
    case taskAssign = "TASK_ASSIGN", taskResolve = "TASK_RESOLVE"
    case tokenCreate = "TOKEN_CREATE", tokenRevoke = "TOKEN_REVOKE"
    /// A recipient's webhook was paused or tried again, or a secret of it made or revoked.
    case webhook = "WEBHOOK"
    /// A hub started with settings other than at its last start, or for the first time.
    case settings = "SETTINGS"
    /// Reference data, persons or rules were imported.
    case importFile = "IMPORT"
    case replay = "REPLAY", retention = "RETENTION"
    /// A list of people was shown: people at risk, a worklist.
    case peopleView = "PEOPLE_VIEW"
}

/// What somebody did, before it has its place in the chain. None of the texts holds a person's data: objects are
/// places, ids and names of files.
public struct AuditNote: Sendable, Hashable {
    /// `token:ID`, `user:NAME` (of the operating system) or `hub:INSTANCE`.
    public var actor: String
    public var action: AuditAction
    public var object: String
    /// By name; sorted when chained.
    public var detail: [String: String]

    /// Every text is cut at this many characters.
    static let textMax = 500

    public init(actor: String, action: AuditAction, object: String, detail: [String: String] = [:]) {
        self.actor = String(actor.prefix(AuditNote.textMax))
        self.action = action
        self.object = String(object.prefix(AuditNote.textMax))
        self.detail = detail.mapValues { String($0.prefix(AuditNote.textMax)) }
    }
}

/// An entry of the chain. Its hash is SHA-256 over the canonical JSON of everything else in it, `prev` included: an
/// object with its names in alphabetical order, no spaces, times in microseconds since 1970, hashes in lower-case
/// hexadecimal, only `"`, `\` and control characters escaped.
public struct AuditEntry: Sendable, Hashable {
    public var seq: Int64
    public var at: Instant
    public var actor: String
    /// An ``AuditAction``; text, so that entries of newer programs can be verified.
    public var action: String
    public var object: String
    /// A canonical JSON object of strings.
    public var detail: String
    public var prev: [UInt8]
    public var hash: [UInt8]

    /// What the first entry follows.
    public static let genesis = [UInt8](repeating: 0, count: 32)

    /// The entry that follows `head` and says what the note says.
    static func following(_ head: AuditHead, at: Instant, _ note: AuditNote) -> AuditEntry {
        var entry = AuditEntry(
            seq: head.seq + 1, at: at, actor: note.actor, action: note.action.rawValue, object: note.object,
            detail: AuditEntry.canonical(note.detail), prev: head.hash, hash: [])
        entry.hash = entry.computedHash
        return entry
    }

    /// The hash that its content has, whatever it says.
    public var computedHash: [UInt8] { Array(SHA256.hash(data: canonicalBytes)) }

    private var canonicalBytes: [UInt8] {
        var writer = JSONWriter(capacity: 256 + detail.utf8.count)
        writer.beginObject()
        writer.name("action")
        writer.string(action)
        writer.name("actor")
        writer.string(actor)
        writer.name("at")
        writer.int(at.microseconds)
        writer.name("detail")
        writer.string(detail)
        writer.name("object")
        writer.string(object)
        writer.name("prev")
        writer.string(AuditHead.hex(prev))
        writer.name("seq")
        writer.int(seq)
        writer.endObject()
        return writer.bytes
    }

    static func canonical(_ detail: [String: String]) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, text) in detail.sorted(by: { $0.key < $1.key }) {
            writer.name(name)
            writer.string(text)
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Its detail by name; nil where it is no object of strings.
    public var details: [String: String]? {
        guard case .object(let members)? = (try? JSONReader.read(Array(detail.utf8)))?.root.content else { return nil }
        var found: [String: String] = [:]
        for member in members {
            guard let text = member.value.string else { return nil }
            found[member.name] = text
        }
        return found
    }
}

/// The end of the chain: whoever keeps it elsewhere can tell later whether the chain still leads there.
public struct AuditHead: Sendable, Hashable, CustomStringConvertible {
    /// 0 for an empty chain.
    public var seq: Int64
    public var hash: [UInt8]
    public var at: Instant?

    public init(seq: Int64, hash: [UInt8], at: Instant? = nil) {
        self.seq = seq
        self.hash = hash
        self.at = at
    }

    public static let empty = AuditHead(seq: 0, hash: AuditEntry.genesis)

    /// `SEQ:HEX`, as ``description`` writes it; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let seq = Int64(parts[0]), seq >= 0, parts[1].utf8.count == 64 else { return nil }
        var bytes: [UInt8] = []
        var rest = parts[1][...]
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        self.init(seq: seq, hash: bytes)
    }

    public var description: String { "\(seq):\(AuditHead.hex(hash))" }

    /// `{"seq", "hash", "at"}`: what GET /api/audit/head answers.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("seq")
        writer.int(seq)
        writer.name("hash")
        writer.string(AuditHead.hex(hash))
        writer.name("at")
        if let at { writer.string(RFC3339.utc(at)) } else { writer.null() }
        writer.endObject()
        return writer.bytes
    }

    /// Lower-case hexadecimal.
    public static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
