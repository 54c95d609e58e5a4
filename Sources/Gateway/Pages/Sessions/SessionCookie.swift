import Crypto
import EventContracts
import HTTPTypes
import Hummingbird

/// A cookie that holds a secret. Scripts cannot read it, other sites' requests do not carry it, and it ends with the
/// browser; under TLS its name binds it to this host alone (RFC 6265bis `__Host-`).
struct SessionCookie: Sendable {
    private let name: String

    /// Of somebody who signed in.
    static let session = SessionCookie(name: "throughgate")
    /// Of the sign-in form, before there is a session.
    static let door = SessionCookie(name: "throughgate-door")

    static let secretBytes = 32

    /// nil where there is none that could be ours.
    func secret(in request: Request, isTLS: Bool) -> [UInt8]? {
        guard let bytes = request.cookies[fullName(isTLS)].flatMap({ Base64URL.decode($0.value) }),
            bytes.count == SessionCookie.secretBytes
        else { return nil }
        return bytes
    }

    func set(_ secret: [UInt8], on response: inout Response, isTLS: Bool) {
        write(Base64URL.encode(secret), "", &response, isTLS)
    }

    func clear(on response: inout Response, isTLS: Bool) { write("", "; Max-Age=0", &response, isTLS) }

    /// From the system's random source.
    static func freshSecret() -> [UInt8] { SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) } }

    private func fullName(_ isTLS: Bool) -> String { (isTLS ? "__Host-" : "") + name }

    private func write(_ value: String, _ more: String, _ response: inout Response, _ isTLS: Bool) {
        let text = "\(fullName(isTLS))=\(value); Path=/; HttpOnly; SameSite=Strict" + (isTLS ? "; Secure" : "") + more
        response.headers.append(HTTPField(name: .setCookie, value: text))
    }
}
