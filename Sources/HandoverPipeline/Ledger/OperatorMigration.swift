/// What was sent since a time, for the map of flows; and the whole chain for those who verify it as throughgate_ops
/// (around what other migrations grant, which leaves out every column called `hash`).
enum OperatorMigration {
    static let sql = """
        create index handover_sent on handover (sent_at);

        alter function throughgate_grant_ops() rename to throughgate_grant_ops_but_audit;
        create function throughgate_grant_ops() returns void language plpgsql as $body$
        begin
            perform throughgate_grant_ops_but_audit();
            grant select on audit_entry to throughgate_ops;
        end $body$;
        revoke execute on function throughgate_grant_ops(), throughgate_grant_ops_but_audit() from public;
        """
}
