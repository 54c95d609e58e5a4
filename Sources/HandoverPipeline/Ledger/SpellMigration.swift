extension LedgerMigrations {
    /// Migration 3: what the whole spell needs of the ledger. Sources: event_concern, outcome_change, outbox. Derived:
    /// kit_claim, `person_state.merged_into`.
    static let spells = """
        create sequence event_batch;
        alter table event add column batch bigint;
        update event e set batch = o.n
            from (select event_id, row_number() over (order by received_at, event_id) as n from event) o
            where o.event_id = e.event_id;
        select setval('event_batch', (select coalesce(max(batch), 0) + 1 from event), false);
        alter table event alter column batch set not null;
        comment on column event.batch is 'The same for all events that one transaction recorded and decided together.';

        alter table person_state add column merged_into text;
        create index person_merged on person_state (merged_into) where merged_into is not null;
        comment on column person_state.merged_into is 'The number under which this number''s person is kept now.';

        alter table message
            add column content_digest bytea, add column contact_due_at timestamptz, add column clock_from timestamptz,
            add column ack_from int, add column decided_from bytea,
            add column closes boolean not null default false, add column register_version bigint;
        comment on column message.decided_from is 'Ids of the events that it was decided from, 16 bytes each.';

        create table event_concern (
            noms text not null, event_id uuid not null references event, primary key (noms, event_id));
        comment on table event_concern is
            'Events that concern somebody beside their subject: merges, moved bookings, shared kits.';

        create table outcome_change (
            seq bigint generated always as identity primary key, at timestamptz not null,
            spell uuid not null, scope text not null, subject text not null, state text not null, reason text not null,
            released boolean not null, caused_by uuid not null);
        create index outcome_change_cause on outcome_change (caused_by);
        comment on table outcome_change is 'Every change of an outcome, so that what was not sent has its reason.';

        create table kit_claim (
            kit_id text not null, turn smallint not null, noms text not null,
            primary key (kit_id, turn), unique (noms, kit_id));
        comment on table kit_claim is
            'Who holds which kit by the record. Two who claim one at the same time collide on its turn.';

        create table outbox (
            event_id uuid primary key, topic text not null, key bytea, headers bytea not null, value bytea not null,
            created_at timestamptz not null default now());
        create index outbox_age on outbox (created_at);
        comment on table outbox is 'Events that a command decided to publish and that are not published yet.';
        """
}
