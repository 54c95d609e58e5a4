extension LedgerMigrations {
    /// Migration 5: the three group roles, where the migrating user may create roles, and `throughgate_grant()`, which
    /// gives them their rights on the tables there are. The function runs with its caller's rights; it changes nothing
    /// when run again. `throughgate migrate` calls it after the last migration (``LedgerRoles``).
    ///
    /// - throughgate_migrator: owns nothing by itself; make it the owner of the database and migrate as a member of it.
    /// - throughgate_hub: records. It cannot alter anything, delete events or versions, or change what they say.
    /// - throughgate_ops: reads, without names, prison numbers, or the bytes of events, messages and rejected records.
    static let roles = createRoles + grantHub + grantOps + grantAll

    private static let createRoles = """
        do $body$
        declare wanted text;
        begin
            foreach wanted in array array['throughgate_migrator', 'throughgate_hub', 'throughgate_ops'] loop
                begin
                    if not exists (select from pg_roles where rolname = wanted) then
                        execute format('create role %I nologin', wanted);
                    end if;
                exception when insufficient_privilege or duplicate_object or unique_violation then null;
                end;
            end loop;
        end $body$;

        """

    /// What is recorded is only ever added; the few columns that move are named. Everything derived is the hub's.
    private static let grantHub = """
        create function throughgate_grant_hub() returns void language plpgsql as $body$
        declare found record;
        begin
            execute format('grant usage on schema %I to throughgate_hub', current_schema());
            for found in select c.relname as name, c.relkind as kind from pg_class c
                where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'v', 'S')
            loop
                execute format('revoke all on %I from throughgate_hub', found.name);
                if found.kind = 'S' then
                    execute format('grant usage, select on %I to throughgate_hub', found.name);
                elsif found.kind = 'v' or found.name = 'schema_migration' then
                    execute format('grant select on %I to throughgate_hub', found.name);
                elsif found.name in ('event', 'message', 'outcome_change', 'event_concern', 'access_audit') then
                    execute format('grant select, insert on %I to throughgate_hub', found.name);
                elsif found.name = 'rejected' then
                    execute format('grant select, insert, update on %I to throughgate_hub', found.name);
                else
                    execute format('grant select, insert, update, delete on %I to throughgate_hub', found.name);
                end if;
            end loop;
            grant update (disposition, reason) on event to throughgate_hub;
            grant update (held, caused_by, subject) on message to throughgate_hub;
        end $body$;

        """

    /// Tables that are all person are left out; of the others the columns that could hold one.
    static let grantOps = """
        create function throughgate_grant_ops() returns void language plpgsql as $body$
        declare found record;
        begin
            execute format('grant usage on schema %I to throughgate_ops', current_schema());
            for found in
                select c.relname as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) filter (
                    where c.relname = 'rule_value' or a.attname not in ('subject', 'noms', 'noms_number', 'merged_into',
                        'headers', 'body', 'key', 'value', 'snapshot', 'hash', 'secret', 'token', 'token_hash',
                        'what', 'query')) as columns
                from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'v')
                group by c.relname
            loop
                execute format('revoke all on %I from throughgate_ops', found.name);
                if found.name not in ('person', 'person_identifier', 'address') and found.columns is not null then
                    execute format('grant select (%s) on %I to throughgate_ops', found.columns, found.name);
                end if;
            end loop;
        end $body$;

        """

    private static let grantAll = """
        create function throughgate_grant() returns text[] language plpgsql as $body$
        declare missing text[];
        begin
            select coalesce(array_agg(wanted order by wanted), '{}') into missing
            from unnest(array['throughgate_migrator', 'throughgate_hub', 'throughgate_ops']) wanted
            where not exists (select from pg_roles where rolname = wanted);
            if not 'throughgate_hub' = any(missing) then perform throughgate_grant_hub(); end if;
            if not 'throughgate_ops' = any(missing) then perform throughgate_grant_ops(); end if;
            return missing;
        end $body$;
        revoke execute on function throughgate_grant(), throughgate_grant_hub(), throughgate_grant_ops() from public;

        """
}
