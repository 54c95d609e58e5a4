/// The audit, one chain of entries (docs: Audit). Entries are only ever added: a trigger refuses every
/// change, also the owner's, and the roles have no right to one. Whoever removes the trigger breaks the chain.
///
/// Reads of bodies come too often to be chained one by one: they are appended to `access_audit` without a lock, and a
/// keeper chains a digest of each settled range of them (``audit_state`` says how far).
enum AuditMigration {
    static let sql = table + state + rights

    private static let table = """
        create table audit_entry (
            seq bigint primary key check (seq > 0),
            at timestamptz not null,
            actor text not null, action text not null, object text not null, detail text not null,
            prev_hash bytea not null check (octet_length(prev_hash) = 32),
            hash bytea not null unique check (octet_length(hash) = 32));
        create index audit_entry_action on audit_entry (action, seq);
        create index audit_entry_actor on audit_entry (actor, seq);
        comment on table audit_entry is 'Who did what, chained by SHA-256; no bodies, no persons.';

        create function audit_refuse() returns trigger language plpgsql as $body$
        begin
            raise exception 'the audit is only ever added to'
                using errcode = 'insufficient_privilege', table = 'audit_entry';
        end $body$;
        create trigger audit_entry_kept before update or delete or truncate on audit_entry
            for each statement execute function audit_refuse();

        create function audit_follow() returns trigger language plpgsql as $body$
        declare last record;
        begin
            select seq, hash into last from audit_entry order by seq desc limit 1;
            if new.seq <> coalesce(last.seq, 0) + 1
                or new.prev_hash <> coalesce(last.hash, decode(repeat('00', 32), 'hex')) then
                raise exception 'an entry of the audit follows the last one'
                    using errcode = 'serialization_failure', table = 'audit_entry';
            end if;
            return new;
        end $body$;
        create trigger audit_entry_follows before insert on audit_entry
            for each row execute function audit_follow();

        """

    /// How far the reads of bodies are chained. A read can be added below `bound_seq` as long as a transaction older
    /// than `bound_xid` runs.
    private static let state = """
        create table audit_state (
            only_row boolean primary key default true check (only_row),
            chained_through bigint not null, bound_seq bigint not null, bound_xid xid8 not null);
        insert into audit_state values (true, 0, 0, '0');

        """

    /// Around what other migrations grant: the hub adds entries and reads them.
    private static let rights = """
        alter function throughgate_grant_hub() rename to throughgate_grant_hub_but_audit;
        create function throughgate_grant_hub() returns void language plpgsql as $body$
        begin
            perform throughgate_grant_hub_but_audit();
            revoke all on audit_entry from throughgate_hub;
            grant select, insert on audit_entry to throughgate_hub;
        end $body$;
        revoke execute on function throughgate_grant_hub(), throughgate_grant_hub_but_audit() from public;
        """
}
