/// Every constant of the rules in one place, each with its source. A deployment may change those that the settings
/// name (the instance properties); the rest change by a reviewed edit here.
public struct Rulebook: Sendable {
    /// No message leaves before this long after release.actual was received (domain.md §12; `hub.releaseHold`).
    public var releaseHold: Span = .minutes(45)
    /// Nasal product supplied by drug services (domain.md §3 [F13]: 2019-02, day not found).
    public var nasalSupplyFrom = LocalDate(daysSince1970: 17_928)  // 2019-02-01
    /// Officers, midwives, paramedics and others may supply (domain.md §3 [F13, F14]: 2024-12, day not found).
    public var widerSupplyFrom = LocalDate(daysSince1970: 20_058)  // 2024-12-01
    /// KM-15 is given for releases from this date (domain.md §9: 2023).
    public var strongerOpioidsFrom = LocalDate(daysSince1970: 19_358)  // 2023-01-01

    public init() {}

    /// An occurredAt beyond receivedAt by more than this is clamped, DQ CLOCK_SKEW (domain.md §12).
    public static let clockSkewMax = Span.minutes(5)
    /// An occurredAt beyond receivedAt by more than this is rejected FUTURE_DATED (domain.md §12).
    public static let futureDatedMax = Span.hours(24)
    /// Nothing is sent for what occurred longer ago than this when received (domain.md §12, TOO_LATE_TO_SEND).
    public static let lateness = Span.days(90)
    /// The same for eligibility and kit events (domain.md §12).
    public static let latenessOfHealthFacts = Span.days(28)
    /// An event before any reception waits this long before a provisional spell opens (domain.md §12).
    public static let parkedMax = Span.hours(24)
    /// Two releases without a reception between are one release when closer than this (domain.md §12).
    public static let releaseRepeatMax = Span.hours(24)
    /// Two admissions closer than this are one admission, reported twice (ours).
    public static let admissionRepeatMax = Span.hours(24)
    /// A reception this soon after a release, across midnight, still reverses it (domain.md §7, [F25]).
    public static let reversalAcrossMidnightMax = Span.minutes(45)
    /// An uncollected property kit is UNCONFIRMED this long after release, then NO (domain.md §8).
    public static let kitUnconfirmedMax = Span.hours(4)
    /// A `collected` event counts from this long before release (domain.md §8) …
    public static let collectedBeforeReleaseMax = Span.hours(12)
    /// … to this long after it.
    public static let collectedAfterReleaseMax = Span.hours(1)
    /// A kit that expires within this many days of release is to be swapped: six months (domain.md §7.3, §9).
    public static let kitExpirySoonDays = 183
    /// An assessment holds for the person this many days (domain.md §3: 12 months).
    public static let assessmentHoldsDays = 365
    /// Detoxification this many days before release is recent (domain.md §8).
    public static let recentDetoxDays = 28
    /// Days in custody after an opioid-positive reception test without OST that raise to P2 (domain.md §8).
    public static let untreatedPositiveDays = 7
    /// A plan must be known this long before the release for it to be planned (domain.md §2).
    public static let planNoticeMin = Span.hours(24)
    /// A plan is near from 09:00 this many working days before (domain.md §7.3, §8).
    public static let planNearWorkingDays = 2
    /// 10:00 next day: a plan without a release is overdue (domain.md §12).
    public static let planOverdueAt = Span.hours(10)
    /// A cancellation before a release this near to the planned date was wrong, and is ignored (domain.md §12, S4).
    public static let staleCancelDays = 1
    /// The working day (domain.md §8).
    public static let workStarts = Span.hours(9)
    public static let workEnds = Span.hours(17)
    /// Working hours in which a P1 handover must be acknowledged (domain.md §8).
    public static let urgentAck = Span.hours(4)
    /// Longest life of a consent override (domain.md §6).
    public static let overrideMax = Span.hours(72)
    /// A thread closes this many days after release; nothing changes it afterwards (domain.md §8).
    public static let threadClosesDays = 84
    /// A missing person record is looked up again every hour …
    public static let recordLookUpEvery = Span.hours(1)
    /// … for this long (domain.md §12).
    public static let recordLookUpMax = Span.hours(24)
    /// Under this age on the release date the youth routes apply (domain.md §10 R7).
    public static let adultAge = 18
    /// Key messages in one handover (domain.md §9) …
    public static let keyMessagesMax = 5
    /// … of which triggered by a refusal at most.
    public static let refusalMessagesMax = 2
    /// CRC and NPS supervised from this date (domain.md §10 R6) …
    public static let rehabilitationCompaniesFrom = LocalDate(daysSince1970: 16_467)  // 2015-02-01
    /// … until the Probation Service took over on this one.
    public static let probationServiceFrom = LocalDate(daysSince1970: 18_804)  // 2021-06-26
    /// Drug treatment workers may supply without prescription (domain.md §3 [F12]).
    public static let workerSupplyFrom = LocalDate(daysSince1970: 16_709)  // 2015-10-01
}
