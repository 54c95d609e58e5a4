extension RuleConstant {
    /// Every constant, in the order of `Deploy/reference/rules.csv`, where each has its source beside it.
    public static let all: [RuleConstant] = handovers + clocks + evidence + law + contract

    /// When and how handovers leave.
    private static let handovers: [RuleConstant] = [
        .span("release-hold", .minutes, 0...1440, \.releaseHold),
        .span("plan-notice-min", .hours, 0...336, \.planNoticeMin),
        .count("plan-near-working-days", "working days", 0...20, \.planNearWorkingDays),
        .clock("plan-overdue-at", 0...23, \.planOverdueAt),
        .count("plan-stale-days", "days", 1...28, \.planStaleDays),
        .count("stale-cancel-days", "days", 0...14, \.staleCancelDays),
        .span("record-look-up-every", .minutes, 15...1440, \.recordLookUpEvery),
        .span("record-look-up-max", .hours, 1...168, \.recordLookUpMax),
        .count("key-messages-max", "messages", 3...22, \.keyMessagesMax),
        .count("refusal-messages-max", "messages", 0...3, \.refusalMessagesMax),
    ]

    /// Clocks and windows of follow-up.
    private static let clocks: [RuleConstant] = [
        .clock("work-starts", 6...11, \.workStarts),
        .clock("work-ends", 15...22, \.workEnds),
        .span("urgent-ack", .minutes, 30...480, \.urgentAck),
        .count("pressing-ack-working-days", "working days", 1...20, \.pressingAckWorkingDays),
        .count("ordinary-ack-working-days", "working days", 1...20, \.ordinaryAckWorkingDays),
        .span("urgent-contact", .hours, 1...336, \.urgentContact),
        .span("pressing-contact", .hours, 1...336, \.pressingContact),
        .span("ordinary-contact", .hours, 1...672, \.ordinaryContact),
        .count("red-days", "days", 1...20, \.redDays),
        .count("amber-days", "days", 21...56, \.amberDays),
        .count("engagement-due-days", "days", 1...56, \.engagementDueDays),
        .count("thread-closes-days", "days", 57...730, \.threadClosesDays),
        .span("in-transit-max", .hours, 1...336, \.inTransitMax),
        .span("kit-unaccounted-max", .hours, 1...336, \.kitUnaccountedMax),
        .span("privacy-assessment", .hours, 1...336, \.privacyAssessment),
        .span("override-max", .hours, 1...336, \.overrideMax),
    ]

    /// What counts as what.
    private static let evidence: [RuleConstant] = [
        .span("parked-max", .hours, 0...336, \.parkedMax),
        .span("release-repeat-max", .hours, 0...168, \.releaseRepeatMax),
        .span("admission-repeat-max", .hours, 0...168, \.admissionRepeatMax),
        .span("reversal-across-midnight-max", .minutes, 0...1440, \.reversalAcrossMidnightMax),
        .span("kit-unconfirmed-max", .minutes, 0...2880, \.kitUnconfirmedMax),
        .span("collected-before-release-max", .minutes, 0...2880, \.collectedBeforeReleaseMax),
        .span("collected-after-release-max", .minutes, 0...2880, \.collectedAfterReleaseMax),
        .count("kit-expiry-soon-days", "days", 0...730, \.kitExpirySoonDays),
        .count("assessment-holds-days", "days", 1...3650, \.assessmentHoldsDays),
        .count("recent-detox-days", "days", 0...365, \.recentDetoxDays),
        .count("untreated-positive-days", "days", 0...365, \.untreatedPositiveDays),
        .count("adult-age", "years", 16...25, \.adultAge),
    ]

    /// Dates from which law and contracts changed.
    private static let law: [RuleConstant] = [
        .date("worker-supply-from", \.workerSupplyFrom),
        .date("nasal-supply-from", \.nasalSupplyFrom),
        .date("wider-supply-from", \.widerSupplyFrom),
        .date("stronger-opioids-from", \.strongerOpioidsFrom),
        .date("rehabilitation-companies-from", \.rehabilitationCompaniesFrom),
        .date("probation-service-from", \.probationServiceFrom),
    ]

    /// What producers rely on; it changes with the event contract only.
    private static let contract: [RuleConstant] = [
        .fixed("clock-skew-max", .minutes, Rulebook.clockSkewMax),
        .fixed("future-dated-max", .hours, Rulebook.futureDatedMax),
        .fixed("lateness", .days, Rulebook.lateness),
        .fixed("lateness-of-health-facts", .days, Rulebook.latenessOfHealthFacts),
    ]
}
