extension LedgerMigrations {
    /// Migration 15: how far each recipient's feed was ended by retention, and an index for ages.
    static let keeping = """
        create table door_forgotten (recipient_id text primary key, through bigint not null);
        comment on table door_forgotten is
            'The last place in a recipient''s feed whose handover is kept no more: an older cursor is told so.';
        create index ingested_age on ingested (kept_at);
        """
}
