/// Finding the people at risk without looking through everybody. Each index holds only those who may be,
/// so it stays small however many people are recorded.
enum RiskMigration {
    static let sql = """
        create index outcome_waiting on outcome (spell) where state in ('QUEUED', 'HUMAN_QUEUE');
        create index handover_urgent on handover (urgent_ack_due_at)
            where live and urgent_sent_at is not null and urgent_acked_at is null and urgent_ended_at is null;
        create index episode_no_kit on episode (released_at)
            where kit_at_release in ('NO', 'UNCONFIRMED') and cohort_exclusion is null and ended is null;
        create index engagement_kit on engagement (handover_id)
            where kit_seen in ('YES', 'REPLACED', 'FIRST_SUPPLY') and not before_release;
        """
}
