import Crypto
public import HandoverRules

/// A key that a recipient hands in, so that its handovers are sealed to it.
public struct SubmittedKey: Sendable {
    public let key: SealingKey
    /// `valid_from` of its JWK: bodies are sealed to it from then on; nil: from when it is registered.
    public let validFrom: Instant?
}

/// The file of a recipient's public keys (contract.md §9, `public_key_file`): a P-256 public key in PEM (SPKI), a JWK
/// (RFC 7517), or a JWK Set. A JWK may have a `kid` of the recipient's choice, and `valid_from`, a time from which it
/// takes the place of the one before.
public enum KeyFile {
    /// Eight keys with all members that a JWK may have are far below.
    public static let bytesMax = 16 << 10
    /// One in use, one to come, and some that are about to go.
    public static let keysMax = 8
    /// A `kid` stands in the header of each sealed body.
    public static let kidLengthMax = 128

    /// The keys in the order of the file.
    /// - Throws: the first rule that the file breaks; never what is in it.
    public static func read(_ file: [UInt8]) throws(KeyFileFault) -> [SubmittedKey] {
        guard file.count <= bytesMax else { throw .tooLarge }
        guard let text = String(validating: file, as: UTF8.self) else { throw .form }
        let keys = text.contains("-----BEGIN") ? [try pem(text)] : try set(file)
        guard keys.count <= keysMax else { throw .tooMany }
        guard Set(keys.map(\.key.thumbprint)).count == keys.count, Set(keys.map(\.key.id)).count == keys.count else {
            throw .repeated
        }
        return keys
    }

    private static func pem(_ text: String) throws(KeyFileFault) -> SubmittedKey {
        guard !text.contains("PRIVATE KEY") else { throw .privatePart }
        guard text.split(separator: "-----BEGIN", omittingEmptySubsequences: false).count == 2 else { throw .form }
        guard let key = try? P256.KeyAgreement.PublicKey(pemRepresentation: text) else { throw .kind }
        return SubmittedKey(key: SealingKey(key), validFrom: nil)
    }

    private static func set(_ file: [UInt8]) throws(KeyFileFault) -> [SubmittedKey] {
        guard let root = try? JSONReader.read(file).root, case .object = root.content else { throw .form }
        guard let members = root["keys"] else { return [try jwk(root)] }
        guard case .array(let keys) = members.content, !keys.isEmpty else { throw .form }
        var submitted: [SubmittedKey] = []
        for key in keys { submitted.append(try jwk(key)) }
        return submitted
    }

    private static func jwk(_ object: JSONValue) throws(KeyFileFault) -> SubmittedKey {
        guard case .object = object.content else { throw .form }
        guard object["d"] == nil, object["k"] == nil, object["p"] == nil else { throw .privatePart }
        guard says(object["use"], "enc"), says(object["alg"], "ECDH-ES"), let point = PublicJWK.point(object),
            let key = try? P256.KeyAgreement.PublicKey(x963Representation: point)
        else { throw .kind }
        var name: String?
        if let kid = object["kid"] {
            guard let text = kid.string, (1...kidLengthMax).contains(text.utf8.count),
                text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else { throw .kid }
            name = text
        }
        var validFrom: Instant?
        if let time = object["valid_from"] {
            guard let text = time.string, let instant = try? RFC3339.read(text).get() else { throw .time }
            validFrom = instant
        }
        return SubmittedKey(key: SealingKey(id: name, key), validFrom: validFrom)
    }

    /// Absent, or this.
    private static func says(_ value: JSONValue?, _ wanted: String) -> Bool {
        value.map { $0.string == wanted } ?? true
    }
}

/// Why a key file is not taken. Its words say what the file must be, never what it holds.
public enum KeyFileFault: Error, Sendable, Hashable, CaseIterable {
    case tooLarge, form, privatePart, kind, kid, time, repeated, tooMany

    /// What the file must be, to be put behind "the file ".
    public var rule: String {
        switch self {
        case .tooLarge: "must be at most \(KeyFile.bytesMax / 1024) KiB"
        case .form: "must be one public key in PEM, a JWK, or a JWK Set"
        case .privatePart:
            "holds a private key: give the public one alone, and make a new pair, since this one has been shown"
        case .kind: "must hold P-256 public keys for ECDH-ES only (kty EC, crv P-256, use enc)"
        case .kid: "has a kid that is not 1 to \(KeyFile.kidLengthMax) visible ASCII characters"
        case .time: "has a valid_from that is no time with an offset, such as 2026-12-01T09:00:00Z"
        case .repeated: "has a key or a kid twice"
        case .tooMany: "must hold at most \(KeyFile.keysMax) keys"
        }
    }
}
