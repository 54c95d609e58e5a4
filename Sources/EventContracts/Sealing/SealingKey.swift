public import Crypto

/// A recipient's P-256 public key and the name by which a sealed body says which key opens it.
public struct SealingKey: Sendable {
    /// The name that the recipient gave it (`kid` of a JWK), else its thumbprint: `kid` of what is sealed to it.
    public let id: String
    let key: P256.KeyAgreement.PublicKey

    public init(id: String? = nil, _ key: P256.KeyAgreement.PublicKey) {
        self.key = key
        self.id = id ?? PublicJWK(key).thumbprint
    }

    /// What makes it this key and no other, whatever it is called (RFC 7638, SHA-256).
    public var thumbprint: String { PublicJWK(key).thumbprint }

    /// The key as a JSON Web Key of its required members.
    public var jwk: String { PublicJWK(key).json }

    /// The same key under another name.
    public func named(_ id: String) -> SealingKey { SealingKey(id: id, key) }

    /// The keys of a file: a JWK, a JWK Set, or a public key in PEM. What may be registered is judged more strictly by
    /// ``KeyFile``.
    /// - Throws: ``SealingError/noKey`` when there is no P-256 key in it.
    public static func keys(_ file: [UInt8]) throws(SealingError) -> [SealingKey] {
        if let pem = String(validating: file, as: UTF8.self), pem.contains("-----BEGIN") {
            guard let key = try? P256.KeyAgreement.PublicKey(pemRepresentation: pem) else { throw .noKey }
            return [SealingKey(key)]
        }
        var keys: [SealingKey] = []
        for object in try PublicJWK.objects(file) {
            guard let point = PublicJWK.point(object),
                let key = try? P256.KeyAgreement.PublicKey(x963Representation: point)
            else { throw .noKey }
            keys.append(SealingKey(id: object["kid"]?.string, key))
        }
        guard !keys.isEmpty else { throw .noKey }
        return keys
    }
}

/// A recipient's private key, for who opens sealed bodies: `subscribe --decrypt`, tests, the conformance kit.
public struct OpeningKey: Sendable {
    public let id: String
    let key: P256.KeyAgreement.PrivateKey
    private let thumbprint: String

    public init(id: String? = nil, _ key: P256.KeyAgreement.PrivateKey) {
        self.key = key
        thumbprint = PublicJWK(key.publicKey).thumbprint
        self.id = id ?? thumbprint
    }

    /// Whether a sealed body's `kid` means this key: by the name in its file, or by its thumbprint.
    func isMeant(by kid: String) -> Bool { kid == id || kid == thumbprint }

    /// The keys of a file: a private JWK, a JWK Set of them, or a private key in PEM (SEC 1 or PKCS #8).
    /// - Throws: ``SealingError/noKey``.
    public static func keys(_ file: [UInt8]) throws(SealingError) -> [OpeningKey] {
        if let pem = String(validating: file, as: UTF8.self), pem.contains("-----BEGIN") {
            guard let key = try? P256.KeyAgreement.PrivateKey(pemRepresentation: pem) else { throw .noKey }
            return [OpeningKey(key)]
        }
        var keys: [OpeningKey] = []
        for object in try PublicJWK.objects(file) {
            guard object["kty"]?.string == "EC", object["crv"]?.string == "P-256",
                let secret = object["d"]?.string.flatMap({ Base64URL.decode($0) }),
                let key = try? P256.KeyAgreement.PrivateKey(rawRepresentation: secret)
            else { throw .noKey }
            keys.append(OpeningKey(id: object["kid"]?.string, key))
        }
        guard !keys.isEmpty else { throw .noKey }
        return keys
    }
}

/// Why a body cannot be sealed or opened. Never says what is in it.
public enum SealingError: Error, Sendable, Hashable {
    /// The file holds no P-256 key in a form that is read here.
    case noKey
    /// Not a compact JWE, or its protected header is not JSON of the members that it needs.
    case malformed
    /// Another algorithm than ECDH-ES with A256GCM, or an extension that must be understood.
    case unsupported
    /// Sealed to none of the keys at hand.
    case otherKey
    /// It was changed, or it is not what it says it is: another handover's, or another version's.
    case notAuthentic
}

/// A public key as a JSON Web Key (RFC 7517, RFC 7518 §6.2).
struct PublicJWK {
    let x: String
    let y: String

    init(_ key: P256.KeyAgreement.PublicKey) {
        let point = Array(key.rawRepresentation)
        x = Base64URL.encode(point.prefix(32))
        y = Base64URL.encode(point.suffix(32))
    }

    /// Members in the order that RFC 7638 asks for.
    var json: String { #"{"crv":"P-256","kty":"EC","x":"\#(x)","y":"\#(y)"}"# }

    var thumbprint: String { Base64URL.encode(Array(SHA256.hash(data: Array(json.utf8)))) }

    /// The uncompressed point; nil for what is no P-256 key. Whether it lies on the curve is checked by whoever reads
    /// it.
    static func point(_ object: JSONValue) -> [UInt8]? {
        guard object["kty"]?.string == "EC", object["crv"]?.string == "P-256",
            let x = object["x"]?.string.flatMap({ Base64URL.decode($0) }), x.count == 32,
            let y = object["y"]?.string.flatMap({ Base64URL.decode($0) }), y.count == 32
        else { return nil }
        return [4] + x + y
    }

    /// One key, or those of a set.
    static func objects(_ file: [UInt8]) throws(SealingError) -> [JSONValue] {
        guard let root = try? JSONReader.read(file).root else { throw .noKey }
        if case .array(let keys)? = root["keys"]?.content { return keys }
        return [root]
    }
}
