/// Migration 20: the tasks PHONE_NOW of webhooks that were given up, and one view of every task that stands beside
/// `message`. A source: the bytes that were sent. Ids and codes; the body of a task names nobody.
enum WebhookTaskMigration {
    static let sql = """
        create table webhook_task (
            task_id uuid not null, version int not null check (version > 0),
            seq bigint not null default nextval('message_seq_seq'),
            handover uuid not null, handover_version int not null, recipient_id text not null, priority smallint,
            spell uuid not null, closes boolean not null, is_current boolean not null,
            sent_at timestamptz not null, due_at timestamptz,
            topic text not null, headers bytea not null, body bytea not null,
            primary key (task_id, version));
        create index webhook_task_open on webhook_task (('provider:' || recipient_id), seq)
            where is_current and not closes;
        comment on table webhook_task is
            'Every message of a task that a webhook''s dead letter raised, to the byte.';
        create index rejection_reader on rejection_message (('prison:' || prison), seq)
            where is_current and not closes;

        create view task_beside as
            select task_id, version, seq, 'EVENT_REJECTED' as task_code, 'prison:' || prison as reader,
                null::smallint as priority, sent_at, null::timestamptz as due_at, closes, is_current,
                null::uuid as spell, topic, body
            from rejection_message
            union all
            select task_id, version, seq, 'PHONE_NOW', 'provider:' || recipient_id, priority, sent_at, due_at, closes,
                is_current, spell, topic, body
            from webhook_task;
        comment on view task_beside is 'Messages of tasks that no event caused: not in message, and about nobody.';
        """
}
