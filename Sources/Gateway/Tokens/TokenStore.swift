import EventContracts
public import HandoverRules
public import Postgres

/// A token as lists show it: never its secret, which nobody has.
public struct TokenRecord: Sendable, Hashable {
    public let id: String
    public let scope: TokenScope
    public let createdAt: Instant
    /// nil: does not expire.
    public let expiresAt: Instant?
    public let revokedAt: Instant?
    /// To the minute; nil: never used.
    public let lastUsedAt: Instant?
}

/// Makes, lists, revokes and checks tokens.
public enum TokenStore {
    /// Makes a token. The text returned is the only copy.
    /// - Parameter lifetime: from now; nil: until it is revoked.
    public static func create(
        _ scope: TokenScope, lifetime: Span?, on connection: PostgresConnection
    ) throws -> (token: String, record: TokenRecord) {
        let secret = TokenSecret.fresh()
        let row = try connection.query(
            GatewaySQL.createToken(
                id: secret.id, hash: secret.hash, kind: scope.kind, names: scope.names, role: scope.role,
                lifetimeSeconds: lifetime.map { $0.microseconds / 1_000_000 })
        ).only()
        let created: PostgresTimestamp = try row[0]
        let expires: PostgresTimestamp? = try row[1]
        let record = TokenRecord(
            id: secret.id, scope: scope, createdAt: created.instant, expiresAt: expires?.instant, revokedAt: nil,
            lastUsedAt: nil)
        return (secret.text, record)
    }

    /// Every token, oldest first, ended ones too.
    public static func list(on connection: PostgresConnection) throws -> [TokenRecord] {
        try connection.query(GatewaySQL.listTokens).compactMap { row in
            let names: [String] = try row[2]
            guard let scope = TokenScope(kind: try row[1], names: names, role: try row[3]) else { return nil }
            let created: PostgresTimestamp = try row[4]
            let expires: PostgresTimestamp? = try row[5]
            let revoked: PostgresTimestamp? = try row[6]
            let used: PostgresTimestamp? = try row[7]
            return TokenRecord(
                id: try row[0], scope: scope, createdAt: created.instant, expiresAt: expires?.instant,
                revokedAt: revoked?.instant, lastUsedAt: used?.instant)
        }
    }

    /// Ends a token at once, for every hub.
    /// - Returns: false when there is no such token that was not revoked before.
    public static func revoke(_ id: String, on connection: PostgresConnection) throws -> Bool {
        try connection.execute(GatewaySQL.revokeToken(id)) == 1
    }

    /// The bearer of a token that was sent; nil for one that is unknown, expired or revoked. Notes its use, at most
    /// once a minute. Unknown ids cost the same comparison as known ones.
    static func bearer(_ text: String, on connection: PostgresConnection) throws -> Bearer? {
        guard let secret = TokenSecret(text) else { return nil }
        let row = try connection.query(GatewaySQL.token(secret.id)).first
        let hash: [UInt8] = try row?.bytes(0) ?? nothing
        guard secret.matches(hash), let row, try row[4] as Bool else { return nil }
        guard let scope = TokenScope(kind: try row[1], names: try row[2], role: try row[3]) else { return nil }
        if try row[5] as Bool { try connection.execute(GatewaySQL.noteUse(secret.id)) }
        return Bearer(tokenID: secret.id, scope: scope)
    }

    private static let nothing = [UInt8](repeating: 0, count: 32)
}

/// Who is at the door.
struct Bearer: Sendable, Hashable {
    let tokenID: String
    let scope: TokenScope
}

extension PostgresTimestamp {
    var instant: Instant { Instant(microseconds: microseconds) }
}
