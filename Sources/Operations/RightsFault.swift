public import Postgres

/// A right of a role that it should not have, or lacks.
public struct RightsFault: Sendable, Hashable {
    public enum Kind: String, Sendable { case missing, excess }

    /// The user of this connection, `throughgate_hub` or `throughgate_ops`.
    public let role: String
    public let kind: Kind
    /// `update, delete on audit_entry`, `superuser`, `member of pg_read_all_data`.
    public let right: String
}

extension LedgerRights {
    /// What the roles of the ledger may do, held against what they need: each table, column, sequence and function of
    /// the schema, attributes and memberships of the role itself. The user of this connection is judged as a hub. Of a
    /// superuser or an owner only that is said, see ``warning(on:)``: it may do everything.
    public static func faults(on connection: PostgresConnection) throws -> [RightsFault] {
        try connection.query(rightsFaults).compactMap { row in
            guard let kind = RightsFault.Kind(rawValue: try row.text(1)) else { return nil }
            return RightsFault(role: try row.text(0), kind: kind, right: try row.text(2))
        }
    }

    /// The same rule as throughgate_grant() has, written from the other side: there it grants, here it compares, so
    /// that a grant by hand, and a table that a migration forgot, are both seen.
    private static let rightsFaults: SQL = .named(
        "rights.faults",
        """
        with role as (
            select r.rolname::text as name, r.oid,
                case when r.rolname = 'throughgate_ops' then 'ops' else 'hub' end as part
            from pg_roles r
            where r.rolname in (current_user, 'throughgate_hub', 'throughgate_ops')
                and not r.rolsuper and not exists (select from pg_class c
                    where c.oid = to_regclass('event') and pg_has_role(r.oid, c.relowner, 'usage'))
        ), thing as (
            select c.oid, c.relname::text as name, c.relkind as kind from pg_class c
            where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'v', 'S')
        ), named as (
            select r.name, 'excess' as kind, 'superuser' as what from pg_roles p join (
                values ('throughgate_hub'), ('throughgate_ops')) r (name) on p.rolname = r.name where p.rolsuper
            union all
            select r.name, 'excess', a.what from role r join pg_roles p on p.oid = r.oid cross join lateral (values
                ('createrole', p.rolcreaterole), ('createdb', p.rolcreatedb), ('bypassrls', p.rolbypassrls),
                ('replication', p.rolreplication)) a (what, has) where a.has
            union all
            select r.name, 'excess', 'member of ' || g.rolname
            from role r join pg_roles g on pg_has_role(r.oid, g.oid, 'member')
            where g.oid <> r.oid and (g.rolname like 'pg\\_%' or g.rolname = 'throughgate_migrator' or g.rolsuper
                or g.rolcreaterole or g.rolbypassrls or (r.part = 'ops' and g.rolname = 'throughgate_hub'))
            union all
            select r.name, 'excess', 'create in the schema' from role r
            where has_schema_privilege(r.oid, current_schema(), 'create')
            union all
            select r.name, 'missing', 'usage of the schema' from role r
            where not has_schema_privilege(r.oid, current_schema(), 'usage')
            union all
            select r.name, 'excess', 'create in the database' from role r
            where has_database_privilege(r.oid, current_database(), 'create')
            union all
            select r.name, 'excess', 'execute ' || p.proname from role r, pg_proc p
            where p.pronamespace = current_schema()::regnamespace and p.proname like 'throughgate\\_grant%'
                and has_function_privilege(r.oid, p.oid, 'execute')
        ), wanted as (
            select r.name as role, r.oid as role_oid, r.part, t.*, case
                when r.part = 'ops' then '{}'::text[]
                when t.kind = 'v' or t.name = 'schema_migration' then array['select']
                when t.name in ('event', 'message', 'outcome_change', 'event_concern', 'access_audit', 'audit_entry')
                    then array['select', 'insert']
                when t.name = 'rejected' then array['select', 'insert', 'update']
                else array['select', 'insert', 'update', 'delete'] end as rights
            from role r cross join thing t where t.kind <> 'S'
        ), tables as (
            select w.role, case when p.word = any(w.rights) then 'missing' else 'excess' end as kind,
                w.name, p.word, p.place
            from wanted w cross join unnest(
                array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']
            ) with ordinality p (word, place)
            where (p.word = any(w.rights)) <> has_table_privilege(w.role_oid, w.oid, p.word)
                and not (w.part = 'ops' and p.word = 'select')
        ), columns as (
            select w.role, case when x.needed then 'missing' else 'excess' end as kind, w.name, a.attname, x.word
            from wanted w join pg_attribute a on a.attrelid = w.oid and a.attnum > 0 and not a.attisdropped
            cross join lateral (
                select 'update' as word, w.part = 'hub' and (
                    (w.name = 'event' and a.attname in ('disposition', 'reason'))
                    or (w.name = 'message' and a.attname in ('held', 'caused_by', 'subject'))) as needed
                where not 'update' = any(w.rights) and not has_table_privilege(w.role_oid, w.oid, 'update')
                union all
                select 'insert', false where w.part = 'ops' and not has_table_privilege(w.role_oid, w.oid, 'insert')
                union all
                select 'select', w.name = 'audit_entry' or (
                    w.name not in ('person', 'person_identifier', 'address') and (w.name = 'rule_value'
                        or a.attname not in ('subject', 'noms', 'noms_number', 'merged_into', 'headers', 'body', 'key',
                            'value', 'snapshot', 'hash', 'secret', 'token', 'token_hash', 'what', 'query',
                            'booking_id')))
                where w.part = 'ops'
            ) x
            where x.needed <> has_column_privilege(w.role_oid, w.oid, a.attnum, x.word)
        ), sequences as (
            select r.name as role, t.name, p.word, p.word <> 'update' and r.part = 'hub' as needed
            from role r cross join thing t cross join unnest(array['usage', 'select', 'update']) p (word)
            where t.kind = 'S'
                and (p.word <> 'update' and r.part = 'hub') <> has_sequence_privilege(r.oid, t.oid, p.word)
        )
        select name, kind, what from named
        union all
        select role, kind, string_agg(word, ', ' order by place) || ' on ' || name from tables group by role, kind, name
        union all
        select role, kind, word || ' on ' || name || ' (' || string_agg(attname, ', ' order by attname) || ')'
        from columns group by role, kind, name, word
        union all
        select role, case when needed then 'missing' else 'excess' end,
            string_agg(word, ', ' order by word) || ' on ' || name
        from sequences group by role, needed, name
        order by 1, 2 desc, 3
        """)
}
