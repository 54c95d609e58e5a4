/// Migration 15: what prisons are told about their rejected events. A source: the bytes that were sent.
enum RejectionMigration {
    static let sql = """
        create table rejection_message (
            task_id uuid not null, version int not null check (version > 0),
            seq bigint not null default nextval('message_seq_seq'), prison text not null, event_id uuid,
            reason text not null, detail text not null, closes boolean not null, is_current boolean not null,
            sent_at timestamptz not null,
            source_topic text not null, source_partition int not null, source_offset bigint not null,
            topic text not null, headers bytea not null, body bytea not null, held boolean not null default false,
            primary key (task_id, version));
        create index rejection_source on rejection_message (source_topic, source_partition, source_offset);
        create index rejection_open on rejection_message (event_id) where is_current and not closes;
        create index rejection_prison on rejection_message (prison, seq) where is_current and not closes;
        create index rejection_held on rejection_message (prison) where held;
        comment on table rejection_message is
            'Every message of a task EVENT_REJECTED, to the byte; source_* is the record that caused it.';
        """
}
