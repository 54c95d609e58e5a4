import HandoverRules

extension AlertRule {
    /// Every rule that the hub judges: people first, machinery second.
    public static let all = people + partitions + hub + doors

    /// A group's name in the rules for Prometheus, and what belongs to it.
    static let groups = [("people", people), ("partitions", partitions), ("hub", hub), ("doors", doors)]

    static let people: [AlertRule] = [
        AlertRule(
            "ThroughgatePeopleAtRiskP1", .critical, "throughgate_people_at_risk", ["priority": "P1"], above: 0,
            for: .minutes(5), "{{ $value }} people at risk with priority P1"),
        AlertRule(
            "ThroughgateReleasedNobodyTold", .critical, "throughgate_risk_people", ["kind": "NO_HANDOVER"], above: 0,
            for: .minutes(10), "{{ $value }} people were released and nobody was told"),
        AlertRule(
            "ThroughgateUrgentOverdue", .critical, "throughgate_risk_overdue_people",
            ["kind": "URGENT_UNACKNOWLEDGED"], above: 0, for: .minutes(5),
            "{{ $value }} P1 handovers are past their clock and not acknowledged"),
        AlertRule(
            "ThroughgateNoProvider", .warning, "throughgate_risk_people", ["kind": "NO_PROVIDER"], above: 0,
            for: .minutes(15), "{{ $value }} people go to an area that no provider covers"),
        AlertRule(
            "ThroughgateKitUnconfirmed", .warning, "throughgate_risk_oldest_seconds", ["kind": "KIT_UNCONFIRMED"],
            above: 259_200, for: .hours(1),
            "Somebody has been out without a confirmed kit for more than 72 hours"),
        AlertRule(
            "ThroughgateRejectedKnownPerson", .warning, "throughgate_risk_people", ["kind": "REJECTED_EVENT"],
            above: 0, for: .minutes(10), "Events about {{ $value }} known people were not taken"),
    ]

    /// By topic: what ails one partition mostly ails all of them, and one message says so.
    static let partitions: [AlertRule] = [
        AlertRule(
            "ThroughgateLag", .warning, "throughgate_consumer_late_seconds", by: ["topic"], above: 300, clearsAt: 180,
            for: .minutes(5),
            "{{ $labels.topic }} is {{ $value | humanizeDuration }} behind and does not catch up"),
        AlertRule(
            "ThroughgateLagCritical", .critical, "throughgate_consumer_lag_seconds", by: ["topic"], above: 900,
            clearsAt: 300, for: .minutes(5), "{{ $labels.topic }} is {{ $value | humanizeDuration }} behind"),
        state("ThroughgateStalled", .critical, "stalled", .minutes(3), "stands still: records wait and none is done"),
        state(
            "ThroughgateBlockedByTransaction", .warning, "blocked_by_transaction", .minutes(5),
            "is held back by a transaction that somebody left open"),
        state(
            "ThroughgateRewound", .warning, "rewound", .minutes(1),
            "is read again: the group's offset was set back"),
        state("ThroughgateUnassigned", .critical, "unassigned", .minutes(5), "is not worked on by any process"),
        state("ThroughgatePaused", .warning, "paused", .minutes(10), "is not fetched from"),
        AlertRule(
            "ThroughgateRetentionNear", .warning, "throughgate_consumer_retention_ratio", by: ["topic"], above: 0.8,
            clearsAt: 0.7, for: .minutes(5),
            "{{ $labels.topic }}: the next record has reached {{ $value | humanizePercentage }} of the age at which it "
                + "is deleted"),
        AlertRule(
            "ThroughgateRetentionLoss", .critical, "throughgate_consumer_retention_ratio", by: ["topic"], above: 0.99,
            clearsAt: 0.9, for: .minutes(1),
            "{{ $labels.topic }}: records may be deleted before they are read"),
        AlertRule(
            "ThroughgateDeletedUnread", .critical, "throughgate_consumer_deleted_unread", by: ["topic"], above: 0,
            for: .minutes(1), "{{ $labels.topic }}: {{ $value }} offsets were deleted before they were read"),
        AlertRule(
            "ThroughgateClockSkew", .warning, "throughgate_consumer_skewed", by: ["topic"], above: 0,
            for: .minutes(5), "{{ $labels.topic }}: the next record's timestamp lies in the future"),
    ]

    private static func state(
        _ name: String, _ severity: Severity, _ state: String, _ span: Span, _ words: String
    ) -> AlertRule {
        AlertRule(
            name, severity, "throughgate_partition_state", ["state": state], by: ["topic"], above: 0, for: span,
            "{{ $labels.topic }} \(words)")
    }

    static let hub: [AlertRule] = [
        AlertRule(
            "ThroughgateNotReady", .critical, "throughgate_part_waiting", by: ["part"], above: 0, for: .minutes(2),
            "The hub is not ready: it waits for {{ $labels.part }}"
        ).ofProcess,
        AlertRule(
            "ThroughgateCanary", .critical, "throughgate_canary_missed", above: 2, clearsAt: 0, for: .minutes(1),
            "For {{ $value }} intervals no test event has come through the whole pipeline"),
        AlertRule(
            "ThroughgateTimersLate", .warning, "throughgate_timers_due", above: 0, for: .minutes(10),
            "{{ $value }} timers are due and not recorded: holds do not end, clocks do not run out"),
        AlertRule(
            "ThroughgateRejections", .warning, "throughgate_rejected_surge", by: ["reason"], above: 20,
            for: .minutes(10),
            "{{ $value }} more records than usual were rejected with {{ $labels.reason }} in 15 minutes"),
        AlertRule(
            "ThroughgateNewRejectionReason", .info, "throughgate_rejected_new", by: ["reason"], above: 0,
            for: .minutes(5),
            "Records are rejected with {{ $labels.reason }}, for the first time since yesterday"),
        AlertRule(
            "ThroughgateRejectedMany", .warning, "throughgate_rejected_open", above: 10_000, for: .minutes(15),
            "{{ $value }} rejected records wait for somebody"),
        AlertRule(
            "ThroughgateRejectedOld", .warning, "throughgate_rejected_oldest_seconds", above: 86_400,
            for: .minutes(15), "A rejected record has waited for somebody for {{ $value | humanizeDuration }}"),
        AlertRule(
            "ThroughgateAuditBroken", .critical, "throughgate_audit_faults", above: 0, for: .minutes(1),
            "The audit is not as it was written: {{ $value }} faults"),
    ]

    static let doors: [AlertRule] = [
        AlertRule(
            "ThroughgateRecipientWaiting", .warning, "throughgate_recipient_waiting_seconds", by: ["recipient"],
            above: 86_400, for: .minutes(15),
            "{{ $labels.recipient }} has not fetched a handover for {{ $value | humanizeDuration }}"),
        AlertRule(
            "ThroughgateWebhookWaiting", .warning, "throughgate_webhook_oldest_seconds", by: ["recipient"],
            above: 900, clearsAt: 300, for: .minutes(5),
            "A handover has waited for the webhook of {{ $labels.recipient }} for {{ $value | humanizeDuration }}"),
        AlertRule(
            "ThroughgateWebhookDead", .warning, "throughgate_webhook_dead_letters", above: 0, for: .minutes(5),
            "{{ $value }} webhooks were given up and nobody has dealt with them"),
        AlertRule(
            "ThroughgateMailWaiting", .warning, "throughgate_mail_waiting", above: 100, for: .minutes(30),
            "{{ $value }} reasons to write an e-mail wait"),
        AlertRule(
            "ThroughgateAlertsUndelivered", .warning, "throughgate_alert_oldest_seconds", by: ["door"], above: 600,
            for: .minutes(5), "Alerts cannot be delivered by {{ $labels.door }}"
        ).ofProcess,
    ]
}
