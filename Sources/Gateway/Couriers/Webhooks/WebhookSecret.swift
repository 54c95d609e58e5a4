import Crypto
import Foundation

/// What a recipient's webhooks are signed with, by the Standard Webhooks convention: `whsec_` and base64.
public struct WebhookSecret: Sendable, Hashable {
    /// 24 to 64 bytes.
    let key: [UInt8]

    private static let prefix = "whsec_"

    /// A new one of 32 random bytes.
    static func fresh() -> WebhookSecret {
        WebhookSecret(key: SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) })
    }

    init(key: [UInt8]) { self.key = key }

    /// As its owner keeps it; nil for what is none.
    public init?(_ text: String) {
        guard text.hasPrefix(WebhookSecret.prefix),
            let bytes = Data(base64Encoded: String(text.dropFirst(WebhookSecret.prefix.count))),
            (24...64).contains(bytes.count)
        else { return nil }
        key = Array(bytes)
    }

    /// `whsec_…`.
    public var text: String { WebhookSecret.prefix + Data(key).base64EncodedString() }

    /// `webhook-signature` by several secrets, separated by spaces: a receiver takes the message when one is its own.
    ///
    /// - Parameters:
    ///   - id: `webhook-id`; without full stops.
    ///   - seconds: `webhook-timestamp`, since 1970.
    public static func signatures(_ secrets: [WebhookSecret], id: String, seconds: Int64, body: [UInt8]) -> String {
        let signed = Array("\(id).\(seconds).".utf8) + body
        return secrets.map { secret in
            let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: secret.key))
            return "v1," + Data(code).base64EncodedString()
        }.joined(separator: " ")
    }
}
