extension LedgerMigrations {
    /// Migration 8: the HTTP doors. Sources: token, access_audit, ingested. Derived from `message` and the group's
    /// offsets: door_state, door_item, door_waiting, door_task.
    static let doors = """
        create table token (
            id text primary key, hash bytea not null check (octet_length(hash) = 32),
            kind text not null check (kind in ('PRISON', 'RECIPIENT', 'COMMISSIONER', 'OPS')),
            names text[] not null default '{}', role text check (role in ('viewer', 'operator')),
            created_at timestamptz not null default now(), expires_at timestamptz,
            revoked_at timestamptz, last_used_at timestamptz,
            check ((kind = 'OPS') = (role is not null)), check (kind = 'OPS' or cardinality(names) > 0));
        comment on table token is 'Who may use the HTTP doors. Only a hash of the secret is kept.';

        create table access_audit (
            seq bigint generated always as identity primary key, at timestamptz not null default now(),
            token_id text not null, action text not null, first_item bigint, last_item bigint, items int not null);
        create index access_audit_age on access_audit (at);
        comment on table access_audit is 'Which token read which bodies, by place in the feed; no bodies.';

        create table ingested (
            event_id uuid primary key, prison text not null,
            topic text not null, partition int not null, "offset" bigint not null,
            kept_at timestamptz not null default now());
        comment on table ingested is 'Where the broker keeps an event that came by HTTP: the answer to its publisher.';

        create table door_state (
            only_row boolean primary key default true check (only_row),
            seen_through bigint not null, bound_seq bigint not null, bound_xid xid8 not null);
        insert into door_state values (true, 0, 0, '0');
        create table door_item (
            position bigint generated always as identity primary key, seq bigint not null unique,
            recipient_id text);
        create index door_item_recipient on door_item (recipient_id, position) where recipient_id is not null;
        comment on table door_item is 'Messages that are published, in the order in which the doors show them.';
        create table door_waiting (seq bigint primary key);
        comment on table door_waiting is 'Messages at or below door_state.seen_through that are not published yet.';
        create table door_task (
            task_id uuid primary key, reader text not null, seq bigint not null, version int not null,
            closed boolean not null);
        create index door_task_reader on door_task (reader, seq) where not closed;
        comment on table door_task is 'The newest published version of each task, and whose task it is.';
        """
}
