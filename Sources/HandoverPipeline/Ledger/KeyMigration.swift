/// Migration 10: recipients' public keys. A source: kept for good, so that whoever has had a key is known to have had.
enum KeyMigration {
    static let sql = """
        create table recipient_key (
            provider_id text not null references provider, thumbprint text not null,
            kid text not null, jwk text not null,
            valid_from timestamptz not null, retired_at timestamptz, registered_at timestamptz not null default now(),
            primary key (provider_id, thumbprint), unique (provider_id, kid));
        comment on table recipient_key is
            'Public keys to which recipients'' handovers are sealed, those that were retired too.';
        comment on column recipient_key.thumbprint is 'RFC 7638 of the key; kid is the name that its owner gave it.';
        """
}
