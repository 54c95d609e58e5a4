import Crypto
import EventContracts
import HTTPTypes
import Hummingbird

/// Keeps other sites from sending forms in somebody's name: a token in every form that only pages of the session know,
/// and what the browser says of where the form came from.
enum FormGuard {
    /// What the forms of a session carry: derived from the cookie's secret, which it does not tell.
    static func token(of secret: [UInt8]) -> String { Base64URL.encode(Array(code(secret))) }

    /// In a time that does not depend on where the two differ.
    static func matches(_ sent: String?, _ secret: [UInt8]) -> Bool {
        guard let bytes = sent.flatMap({ Base64URL.decode($0) }) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(bytes, authenticating: purpose, using: SymmetricKey(data: secret))
    }

    /// Ties words to the session, so that a page may repeat them from its address: nobody else can make it say them.
    static func seal(_ words: String, _ secret: [UInt8]) -> String {
        let bytes = Array(("throughgate words " + words).utf8)
        return Base64URL.encode(
            Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: secret))))
    }

    static func isSealed(_ words: String, _ seal: String?, _ secret: [UInt8]) -> Bool {
        guard let code = seal.flatMap({ Base64URL.decode($0) }) else { return false }
        let bytes = Array(("throughgate words " + words).utf8)
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: bytes, using: SymmetricKey(data: secret))
    }

    /// Whether the browser says that the form came from here, or says nothing: then the token decides alone. (With
    /// `Referrer-Policy: no-referrer` browsers send the origin `null`, which says nothing either.)
    static func isOwn(_ request: Request) -> Bool {
        if let site = request.headers[.fetchSite] { return site == "same-origin" || site == "none" }
        guard let origin = request.headers[.origin], origin != "null" else { return true }
        guard let cut = origin.range(of: "://") else { return false }
        return origin[cut.upperBound...].lowercased() == request.head.authority?.lowercased()
    }

    static let refusal = Problem(
        .forbidden, "FORM", "this form is not of your session, so nothing was recorded; open the page and try again")

    private static let purpose = Array("throughgate form".utf8)

    private static func code(_ secret: [UInt8]) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: purpose, using: SymmetricKey(data: secret))
    }
}

extension HTTPField.Name {
    static let fetchSite = HTTPField.Name("Sec-Fetch-Site")!  // The text is a header name.
}
