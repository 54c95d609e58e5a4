import Crypto
import EventContracts

/// A token's text: `tg_`, twelve hexadecimal digits that name it, `_`, and 43 characters of base64url (32 random
/// bytes) that are its secret. The prefix lets scanners of source code find a token that was left somewhere.
struct TokenSecret {
    /// Names the token in lists and logs; no secret.
    let id: String
    let text: String

    private static let prefix = "tg_"
    private static let idLength = 12
    private static let length = 3 + 12 + 1 + 43

    /// A new one, from the system's random source.
    static func fresh() -> TokenSecret {
        let key = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        let name = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0.prefix(idLength / 2)) }
        let id = name.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        return TokenSecret(id: id, text: prefix + id + "_" + Base64URL.encode(key))
    }

    /// A token as somebody sent it; nil for what cannot be one.
    init?(_ text: String) {
        guard text.utf8.count == TokenSecret.length, text.hasPrefix(TokenSecret.prefix) else { return nil }
        let rest = text.utf8.dropFirst(TokenSecret.prefix.utf8.count)
        let id = rest.prefix(TokenSecret.idLength)
        guard id.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }),
            rest.dropFirst(TokenSecret.idLength).first == UInt8(ascii: "_")
        else { return nil }
        self.id = String(decoding: Array(id), as: UTF8.self)
        self.text = text
    }

    private init(id: String, text: String) {
        self.id = id
        self.text = text
    }

    /// What is kept: SHA-256 of the whole text. The secret has 256 random bits, so no slow hash is needed.
    var hash: [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    /// Whether this token has that hash, in a time that does not depend on where they differ.
    func matches(_ hash: [UInt8]) -> Bool {
        let own = self.hash
        guard own.count == hash.count else { return false }
        return zip(own, hash).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
