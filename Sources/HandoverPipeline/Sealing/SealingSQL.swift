import Postgres

/// The SQL of recipients' keys.
enum SealingSQL {
    /// Everybody who has or had a key, or is to have one; those not retired, newest first.
    static let keys: SQL = .named(
        "seal.keys",
        """
        select p.provider_id, k.kid, k.jwk, k.valid_from
        from provider p
            left join recipient_key k on k.provider_id = p.provider_id and k.retired_at is null
        where p.public_key_file is not null
            or exists (select from recipient_key o where o.provider_id = p.provider_id)
        order by p.provider_id, k.valid_from desc, k.thumbprint
        """)
}
