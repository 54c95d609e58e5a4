/// Webhooks and e-mail. Sources: webhook_secret, and what was delivered and sent; the queues follow `door_item`.
enum CourierMigration {
    static let sql = """
        create table webhook_secret (
            secret_id text primary key, recipient_id text not null references provider,
            secret bytea not null check (octet_length(secret) between 24 and 64),
            created_at timestamptz not null default now(), revoked_at timestamptz);
        create index webhook_secret_recipient on webhook_secret (recipient_id) where revoked_at is null;
        comment on table webhook_secret is 'With what webhooks are signed: the key itself, for the hub''s role alone.';

        create table webhook_door (
            recipient_id text primary key references provider,
            noticed bigint not null default 0,
            state text not null default 'ACTIVE' check (state in ('ACTIVE', 'PAUSED', 'GONE')),
            changed_at timestamptz not null default now(),
            failures int not null default 0, next_attempt_at timestamptz, last_success_at timestamptz,
            last_outcome text, holder text, held_until timestamptz);
        comment on table webhook_door is
            'One line of delivery for each recipient with a webhook: how far its feed is queued, who may send.';

        create table webhook_delivery (
            position bigint primary key, recipient_id text not null references webhook_door,
            state text not null default 'WAITING' check (state in ('WAITING', 'DELIVERED', 'DEAD', 'EMPTIED')),
            queued_at timestamptz not null, first_attempt_at timestamptz, attempts int not null default 0,
            ended_at timestamptz, last_outcome text, told boolean not null default false);
        create index webhook_delivery_waiting on webhook_delivery (recipient_id, position) where state = 'WAITING';
        create index webhook_delivery_dead on webhook_delivery (ended_at) where state = 'DEAD';
        create index webhook_delivery_ended on webhook_delivery (ended_at) where state in ('DELIVERED', 'EMPTIED');
        comment on table webhook_delivery is 'What a webhook is to be told, by place in the feed, and what became.';

        create table mail_door (
            recipient_id text not null, address text not null,
            last_sent_at timestamptz, failures int not null default 0, next_attempt_at timestamptz,
            last_outcome text, holder text, held_until timestamptz,
            primary key (recipient_id, address));
        comment on table mail_door is 'When an address was last written to: several things that wait share one mail.';

        create table mail_state (only_row boolean primary key default true check (only_row), noticed bigint not null);
        insert into mail_state values (true, 0);

        create table mail_notice (
            seq bigint not null, occasion text not null check (occasion in ('SENT', 'HALF')), address text not null,
            recipient_id text not null, due_at timestamptz not null,
            state text not null default 'WAITING' check (state in ('WAITING', 'SENT', 'NOT_NEEDED', 'DEAD')),
            ended_at timestamptz, primary key (seq, occasion, address));
        create index mail_notice_waiting on mail_notice (recipient_id, address, due_at) where state = 'WAITING';
        create index mail_notice_ended on mail_notice (ended_at) where state <> 'WAITING';
        comment on table mail_notice is 'Why somebody is to be told by e-mail that a handover waits; nothing of it.';
        """
}
