import Crypto

/// Bodies that only their recipient reads: JWE compact serialisation (RFC 7516), ECDH-ES on P-256 with A256GCM (RFC
/// 7518 §4.6, §5.3), so that any JOSE library opens them. The protected header names the handover and its version and
/// is authenticated with the body: a body cannot be passed off as another version's.
public enum SealedBody {
    /// `content-type` of a message with such a body.
    public static let mediaType = "application/jose"

    /// What the body belongs to.
    public struct Binding: Sendable, Hashable {
        public let handoverID: String
        public let version: Int

        public init(handoverID: String, version: Int) {
            self.handoverID = handoverID
            self.version = version
        }

        /// From a message's `id`, `HANDOVERID/VERSION` (contract.md §6); nil for what is none.
        public init?(messageID: some StringProtocol) {
            let parts = messageID.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, let version = Int(parts[1]), version > 0 else { return nil }
            self.init(handoverID: String(parts[0]), version: version)
        }
    }

    /// Seals with a fresh ephemeral key and nonce: no two results are the same, each opens to the same body.
    public static func seal(
        _ body: [UInt8], to recipient: SealingKey, binding: Binding
    ) throws(SealingError) -> String {
        let ephemeral = P256.KeyAgreement.PrivateKey()
        let header = header(recipient.id, PublicJWK(ephemeral.publicKey), binding)
        let encoded = Base64URL.encode(Array(header))
        do {
            let secret = try ephemeral.sharedSecretFromKeyAgreement(with: recipient.key)
            let key = contentKey(secret, partyU: [], partyV: [])
            let box = try AES.GCM.seal(body, using: key, authenticating: Array(encoded.utf8))
            let parts = [encoded, "", Base64URL.encode(Array(box.nonce)), Base64URL.encode(Array(box.ciphertext))]
            return parts.joined(separator: ".") + "." + Base64URL.encode(Array(box.tag))
        } catch {
            throw .noKey
        }
    }

    /// Opens a body with whichever of the keys it was sealed to, and says what it belongs to.
    /// - Parameter expected: what it must belong to, where the reader knows (the message's `id`); nil: anything.
    public static func open(
        _ compact: String, with keys: [OpeningKey], expected: Binding? = nil
    ) throws(SealingError) -> (body: [UInt8], binding: Binding) {
        let parts = compact.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[1].isEmpty, let headerBytes = Base64URL.decode(parts[0]),
            let nonce = Base64URL.decode(parts[2]), nonce.count == 12, let sealed = Base64URL.decode(parts[3]),
            let tag = Base64URL.decode(parts[4]), tag.count == 16,
            let header = try? JSONReader.read(headerBytes).root
        else { throw .malformed }
        guard header["alg"]?.string == "ECDH-ES", header["enc"]?.string == "A256GCM", header["zip"] == nil,
            header["crit"] == nil
        else { throw .unsupported }
        guard let binding = binding(header), let epk = header["epk"], let point = PublicJWK.point(epk),
            let ephemeral = try? P256.KeyAgreement.PublicKey(x963Representation: point)
        else { throw .malformed }
        let named = header["kid"]?.string
        guard let key = keys.first(where: { named.map($0.isMeant) ?? true }) else { throw .otherKey }
        do {
            let secret = try key.key.sharedSecretFromKeyAgreement(with: ephemeral)
            let content = contentKey(secret, partyU: party("apu", header), partyV: party("apv", header))
            let box = try AES.GCM.SealedBox(nonce: AES.GCM.Nonce(data: nonce), ciphertext: sealed, tag: tag)
            let body = try AES.GCM.open(box, using: content, authenticating: Array(parts[0].utf8))
            if let expected, expected != binding { throw SealingError.notAuthentic }
            return (Array(body), binding)
        } catch {
            throw .notAuthentic
        }
    }

    private static func header(_ kid: String, _ epk: PublicJWK, _ binding: Binding) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in [
            ("alg", "ECDH-ES"), ("enc", "A256GCM"), ("kid", kid), ("cty", "application/json"),
            ("handoverId", binding.handoverID),
        ] {
            writer.name(name)
            writer.string(value)
        }
        writer.name("version")
        writer.int(Int64(binding.version))
        writer.name("epk")
        writer.beginObject()
        for (name, value) in [("kty", "EC"), ("crv", "P-256"), ("x", epk.x), ("y", epk.y)] {
            writer.name(name)
            writer.string(value)
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    private static func binding(_ header: JSONValue) -> Binding? {
        guard let id = header["handoverId"]?.string, case .int(let version)? = header["version"]?.content,
            let number = Int(exactly: version)
        else { return nil }
        return Binding(handoverID: id, version: number)
    }

    private static func party(_ name: StaticString, _ header: JSONValue) -> [UInt8] {
        header[name]?.string.flatMap { Base64URL.decode($0) } ?? []
    }

    /// The Concat KDF of NIST SP 800-56A as RFC 7518 §4.6.2 uses it: one round of SHA-256 gives the 256 bits.
    static func contentKey(_ secret: SharedSecret, partyU: [UInt8], partyV: [UInt8]) -> SymmetricKey {
        var hash = SHA256()
        hash.update(data: bigEndian(1))
        secret.withUnsafeBytes { hash.update(bufferPointer: $0) }
        for part in [Array("A256GCM".utf8), partyU, partyV] {
            hash.update(data: bigEndian(part.count))
            hash.update(data: part)
        }
        hash.update(data: bigEndian(256))
        return SymmetricKey(data: Array(hash.finalize()))
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).bigEndian) { Array($0) }
    }
}
