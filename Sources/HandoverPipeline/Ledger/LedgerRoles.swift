public import Postgres

/// The roles of the ledger and their rights (migration 5).
public enum LedgerRoles {
    /// Gives the roles that exist their rights on every table there is. Run after migrating; again changes nothing.
    ///
    /// - Returns: the lines that somebody who may create roles has to run; none when all roles exist.
    /// - Throws: `PostgresError`; of kind `permission` when this user does not own the tables.
    public static func grant(on connection: PostgresConnection) throws -> [String] {
        let missing: [String] = try connection.query(.named("roles.grant", "select throughgate_grant()")).only()[0]
        guard !missing.isEmpty else { return [] }
        return missing.map { "create role \($0) nologin;" } + ["select throughgate_grant();"]
    }
}
