public import Postgres

/// Whether a connection may do more than a hub needs.
public enum LedgerRights {
    /// One line with the remedy; nil where the user can neither alter tables nor delete events.
    public static func warning(on connection: PostgresConnection) throws -> String? {
        let row = try connection.query(
            """
            select rolsuper, coalesce((
                    select pg_has_role(current_user, c.relowner, 'usage') from pg_class c
                    where c.oid = to_regclass('event')), false)
            from pg_roles where rolname = current_user
            """
        ).first
        guard let row else { return nil }
        let isSuperuser: Bool = try row[0], isOwner: Bool = try row[1]
        guard isSuperuser || isOwner else { return nil }
        return "postgres.url: the user is \(isSuperuser ? "a superuser" : "the owner of the tables") and may alter and "
            + "delete anything; run the hub as a member of the role throughgate_hub"
    }
}
