import Crypto
import Postgres

/// Somebody who signed in, and still may.
struct Session: Sendable {
    let bearer: Bearer
    /// What the cookie holds; only a hash of it is kept.
    let secret: [UInt8]
}

/// Sessions of the pages. Each rests on a token: it ends when the token is revoked or expires, after
/// ``GatewayLimits/sessionIdleSeconds`` without a page, after ``GatewayLimits/sessionSeconds`` whatever happens, and
/// when its owner signs out. Hubs share them through the ledger.
enum SessionStore {
    /// Begins one; the token's oldest ones end where it has too many.
    /// - Returns: what the cookie is to hold. Nobody has another copy.
    static func begin(_ bearer: Bearer, on connection: PostgresConnection) throws -> [UInt8] {
        let secret = SessionCookie.freshSecret()
        try connection.execute(SessionSQL.sweep)
        try connection.execute(SessionSQL.begin(hash(secret), token: bearer.tokenID))
        try connection.execute(SessionSQL.trim(token: bearer.tokenID))
        try connection.execute(
            GatewaySQL.audit(token: bearer.tokenID, action: "SIGN_IN", first: nil, last: nil, items: 0))
        return secret
    }

    /// nil for one that is unknown or has ended. Notes its use, at most once a minute.
    static func find(_ secret: [UInt8], on connection: PostgresConnection) throws -> Session? {
        let hash = hash(secret)
        guard let row = try connection.query(SessionSQL.find(hash)).first,
            let scope = TokenScope(kind: try row[1], names: try row[2], role: try row[3])
        else { return nil }
        if try row[4] as Bool { try connection.execute(SessionSQL.noteUse(hash)) }
        return Session(bearer: Bearer(tokenID: try row[0], scope: scope), secret: secret)
    }

    static func end(_ secret: [UInt8], on connection: PostgresConnection) throws {
        try connection.execute(SessionSQL.end(hash(secret)))
    }

    private static func hash(_ secret: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: secret)) }
}

private enum SessionSQL {
    static func begin(_ hash: [UInt8], token: String) -> SQL {
        .named("session.begin", "insert into page_session (hash, token_id) values (\(hash), \(token))")
    }

    static func find(_ hash: [UInt8]) -> SQL {
        .named(
            "session.find",
            """
            select t.id, t.kind, t.names, t.role, s.seen_at < now() - interval '1 minute'
            from page_session s join token t on t.id = s.token_id
            where s.hash = \(hash) and s.seen_at > now() - make_interval(secs => \(idle))
                and s.begun_at > now() - make_interval(secs => \(whole))
                and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())
            """)
    }

    static func noteUse(_ hash: [UInt8]) -> SQL {
        .named(
            "session.use",
            """
            update page_session set seen_at = now() where hash = \(hash) and seen_at < now() - interval '1 minute'
            """)
    }

    static func end(_ hash: [UInt8]) -> SQL {
        .named("session.end", "delete from page_session where hash = \(hash)")
    }

    /// What has ended is looked for here only: as often as somebody signs in.
    static let sweep: SQL = .named(
        "session.sweep",
        """
        delete from page_session s where s.seen_at < now() - make_interval(secs => \(idle))
            or s.begun_at < now() - make_interval(secs => \(whole))
        """)

    static func trim(token: String) -> SQL {
        .named(
            "session.trim",
            """
            delete from page_session where hash in (
                select hash from page_session where token_id = \(token)
                order by begun_at desc, hash offset \(Int64(GatewayLimits.sessionsPerToken)))
            """)
    }

    private static let idle = Int64(GatewayLimits.sessionIdleSeconds)
    private static let whole = Int64(GatewayLimits.sessionSeconds)
}
