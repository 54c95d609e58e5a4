import Crypto
public import HandoverRules
public import Postgres

/// Makes, lists and revokes the secrets that sign webhooks. Unlike tokens they are kept as they are: the hub signs with
/// them. Only the hub's role and the owner can read them.
public enum WebhookSecrets {
    /// A secret as lists show it.
    public struct Record: Sendable, Hashable {
        public let id: String
        public let recipient: String
        public let createdAt: Instant
        public let revokedAt: Instant?
    }

    /// Why no secret was made.
    public enum Refusal: Error, Sendable {
        /// No provider has this id.
        case unknownRecipient
        /// There is one in use already: rotate it.
        case isThere
        /// There is none in use yet: create one.
        case isAbsent
        /// As many as there may be are in use: revoke the oldest.
        case tooMany
    }

    /// The first secret of a recipient. Its text is shown once.
    public static func create(
        for recipient: String, on connection: PostgresConnection
    ) throws -> (text: String, id: String) {
        try add(recipient, connection) { $0 == 0 ? nil : .isThere }
    }

    /// A further secret beside those in use: every webhook is signed by all of them until the old ones are revoked.
    public static func rotate(
        for recipient: String, on connection: PostgresConnection
    ) throws -> (text: String, id: String) {
        try add(recipient, connection) { count in
            count == 0 ? .isAbsent : count >= CourierLimits.secretsMax ? .tooMany : nil
        }
    }

    private static func add(
        _ recipient: String, _ connection: PostgresConnection, _ objection: (Int) -> Refusal?
    ) throws -> (text: String, id: String) {
        let known = try connection.query("select 1 from provider where provider_id = \(recipient)")
        guard !known.isEmpty else { throw Refusal.unknownRecipient }
        let count = try list(of: recipient, on: connection).filter { $0.revokedAt == nil }.count
        if let refusal = objection(count) { throw refusal }
        let secret = WebhookSecret.fresh()
        let name = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0.prefix(6)) }
        let id = "ws_" + name.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let added = try connection.execute(
            WebhookSQL.addSecret(id, recipient, secret.key, most: CourierLimits.secretsMax))
        guard added == 1 else { throw Refusal.tooMany }
        return (secret.text, id)
    }

    /// Every secret ever made for a recipient, or for anybody; never the secret itself.
    public static func list(of recipient: String?, on connection: PostgresConnection) throws -> [Record] {
        try connection.query(WebhookSQL.secrets(of: recipient)).map { row in
            let created: PostgresTimestamp = try row[2]
            let revoked: PostgresTimestamp? = try row[3]
            return Record(
                id: try row[0], recipient: try row[1], createdAt: created.instant, revokedAt: revoked?.instant)
        }
    }

    /// Signs with it no more. Without any secret nothing is sent to its recipient.
    /// - Returns: false when no secret in use has this id.
    public static func revoke(_ id: String, on connection: PostgresConnection) throws -> Bool {
        try connection.execute(WebhookSQL.revokeSecret(id)) == 1
    }
}
