extension LedgerMigrations {
    /// Operators do not read booking numbers: in the prison's own systems one leads to its person. The function of
    /// migration 5, whose text does not change any more and which migration 16 renamed, with one column more left out.
    static let bookings =
        grantOps
        .replacing(
            "create function throughgate_grant_ops()",
            with: "create or replace function throughgate_grant_ops_but_audit()"
        )
        .replacing("'what', 'query'", with: "'what', 'query', 'booking_id'")
}
