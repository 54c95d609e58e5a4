public import Postgres

/// The schema of the ledger, as numbered migrations. What was applied is never edited: a change is a new number.
public enum LedgerMigrations {
    /// All migrations in order.
    public static let all: [Migration] = [
        Migration(number: 1, name: "ledger", sql: ledger),
        Migration(number: 2, name: "registers", sql: registers),
        Migration(number: 3, name: "spells", sql: spells),
        Migration(number: 4, name: "record", sql: record),
        Migration(number: 5, name: "roles", sql: roles),
        Migration(number: 6, name: "rules", sql: RuleMigration.sql),
        Migration(number: 7, name: "routes", sql: RouteMigration.sql),
        Migration(number: 8, name: "doors", sql: doors),
        Migration(number: 9, name: "pages", sql: PageMigration.sql),
        Migration(number: 10, name: "keys", sql: KeyMigration.sql),
        Migration(number: 11, name: "risk", sql: RiskMigration.sql),
        Migration(number: 12, name: "audit", sql: AuditMigration.sql),
        Migration(number: 13, name: "dead letters", sql: DeadLetterMigration.sql),
        Migration(number: 14, name: "lag", sql: LagMigration.sql),
        Migration(number: 15, name: "rejections", sql: RejectionMigration.sql),
        Migration(number: 16, name: "operators", sql: OperatorMigration.sql),
        Migration(number: 17, name: "keeping", sql: keeping),
        Migration(number: 18, name: "couriers", sql: CourierMigration.sql),
        Migration(number: 19, name: "alerts", sql: AlertMigration.sql),
        Migration(number: 20, name: "webhook tasks", sql: WebhookTaskMigration.sql),
        Migration(number: 21, name: "canary", sql: CanaryMigration.sql),
        Migration(number: 22, name: "causes", sql: CauseMigration.sql),
        Migration(number: 23, name: "bookings", sql: bookings),
    ]

    /// Sources (never rebuilt): partition_lease, event, message, rejected. Derived from `event`: person_state, timer,
    /// outcome, data_quality.
    private static let ledger = """
        create table partition_lease (
            cluster_id text not null, topic text not null, partition int not null,
            generation bigint not null, start_count bigint not null, instance text not null,
            recorded_through bigint not null default -1, published_through bigint not null default -1,
            idle_starts int not null default 0,
            primary key (cluster_id, topic, partition));
        comment on table partition_lease is 'Who may record a partition, and how far it is recorded and published.';

        create table event (
            event_id uuid primary key,
            subject text not null, type text not null,
            occurred_at timestamptz not null, published_at timestamptz not null, received_at timestamptz not null,
            topic text not null, partition int not null, "offset" bigint not null,
            digest bytea not null,
            disposition text not null default 'APPLIED'
                check (disposition in ('APPLIED', 'DUPLICATE', 'SUPERSEDED')),
            reason text not null default '',
            headers bytea, value bytea not null);
        create index event_of_subject on event (subject, received_at);
        alter table event alter column value set storage external;
        comment on table event is 'Every accepted event with its original bytes, once, at the position it came from.';

        create table person_state (
            noms text primary key, changes bigint not null, snapshot bytea not null)
            with (fillfactor = 70, toast_tuple_target = 8160);
        alter table person_state alter column snapshot set storage external;
        comment on table person_state is 'What decide() keeps of a person; derived, rebuilt from event.';

        create table message (
            seq bigint generated always as identity primary key,
            stream_id uuid not null, version int not null, caused_by uuid not null references event,
            subject text not null, spell uuid not null,
            kind text not null, recipient_kind text, recipient_id text, priority smallint, task_code text,
            sent_at timestamptz not null, ack_due_at timestamptz,
            pred_topic text, pred_partition int, pred_offset bigint,
            topic text not null, headers bytea not null, body bytea not null,
            held boolean not null default false,
            unique (stream_id, version));
        create index message_cause on message (caused_by);
        create index message_held on message (subject) where held;
        alter table message alter column body set storage external;
        comment on table message is 'Every handover version and task, to the byte, before it is sent.';

        create table timer (
            event_id uuid primary key, subject text not null, kind text not null, cause text not null,
            due_at timestamptz not null, published_at timestamptz);
        create index timer_due on timer (due_at);

        create table outcome (
            spell uuid not null, scope text not null, subject text not null,
            state text not null, reason text not null, released boolean not null,
            decided_at timestamptz not null,
            primary key (spell, scope));

        create table data_quality (
            code text not null, event_id uuid not null, subject text not null,
            opened_at timestamptz not null, resolved_at timestamptz,
            primary key (event_id, code));

        create table rejected (
            topic text not null, partition int not null, "offset" bigint not null,
            reason text not null, detail text not null,
            key bytea, value bytea, headers bytea not null,
            record_time timestamptz not null, first_seen timestamptz not null default now(),
            attempts int not null default 1, state text not null default 'OPEN',
            primary key (topic, partition, "offset"));
        create index rejected_open on rejected (first_seen) where state = 'OPEN';

        create table attempt (
            topic text not null, partition int not null, "offset" bigint not null, attempts int not null,
            primary key (topic, partition, "offset"));
        comment on table attempt is 'Records taken alone after starts without progress, counted before each attempt.';
        """

    private static let registers = """
        create table register_version (only_row boolean primary key default true check (only_row), version bigint);
        insert into register_version values (true, 1);

        create table person (
            noms_number text primary key check (noms_number ~ '^[A-Z][0-9]{4}[A-Z]{2}$'),
            name text not null, date_of_birth date not null,
            crn text, pnc_id text, nhs_number text, gender text, language text, postcode text,
            address_status text, last_home_utla text,
            updated_at timestamptz not null default now());

        create table prison (
            prison_id text primary key, name text not null, active boolean not null,
            onboarded_from date, thn_lead_contact text, release_hold text);

        create table provider (
            provider_id text primary key, kind text not null, name text not null,
            valid_from date not null, valid_to date, utla text, contact text, out_of_hours_contact text,
            webhook_url text, public_key_file text, nasal_stocked boolean not null default false,
            check (valid_to is null or valid_to >= valid_from));

        create table coverage (
            provider_id text not null references provider, utla text not null, pathway text not null,
            age_band text not null, rank int not null, valid_from date not null, valid_to date,
            primary key (provider_id, utla, pathway, age_band, valid_from),
            check (valid_to is null or valid_to >= valid_from));

        create table postcode_area (
            outcode text primary key, utla text not null, nation text not null, share double precision);

        create table movement_reason (
            code text not null, direction text not null, class text not null, release_reason text,
            primary key (code, direction));

        create table bank_holiday (nation text not null, date date not null, name text not null,
            primary key (nation, date));

        create table office (
            office_code text primary key, provider_id text not null references provider, utla text not null,
            name text);
        """
}
