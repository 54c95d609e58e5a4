/// Every constant of the rules in one place, each with its source: law dates, the hold, clocks, windows. What stands
/// here is in force unless a deployment imports another value of that name (`throughgate import rules`); the static
/// ones are part of the event contract and change with it only.
public struct Rulebook: Sendable {
    /// No message leaves before this long after release.actual was received (domain.md §12; `hub.releaseHold`).
    public var releaseHold: Span = .minutes(45)
    /// Nasal product supplied by drug services (domain.md §3 [F13]: 2019-02, day not found).
    public var nasalSupplyFrom = LocalDate(daysSince1970: 17_928)  // 2019-02-01
    /// Officers, midwives, paramedics and others may supply (domain.md §3 [F13, F14]: 2024-12, day not found).
    public var widerSupplyFrom = LocalDate(daysSince1970: 20_058)  // 2024-12-01
    /// KM-15 is given for releases from this date (domain.md §9: 2023).
    public var strongerOpioidsFrom = LocalDate(daysSince1970: 19_358)  // 2023-01-01

    /// Working days until 17:00 of which a P2 handover must be acknowledged (domain.md §8) …
    public var pressingAckWorkingDays = 1
    /// … and a P3 or P4 one.
    public var ordinaryAckWorkingDays = 2
    /// Clock time in which a first contact must be tried: P1, P2, P3 (domain.md §8).
    public var urgentContact = Span.hours(24)
    public var pressingContact = Span.hours(72)
    public var ordinaryContact = Span.days(7)
    /// Days after release at which the follow-up window turns from red to amber, then to watch (domain.md §8).
    public var redDays = 14
    public var amberDays = 28
    /// An engagement outcome is due by this day after release; the day after, the thread is NOT_ENGAGED (domain.md §8).
    public var engagementDueDays = 21
    /// An overdue plan is stale this many days after its date (domain.md §12).
    public var planStaleDays = 3
    /// A transfer without an arrival for this long is IN_TRANSIT_LONG (domain.md §12).
    public var inTransitMax = Span.hours(24)
    /// A kit in property, or held by somebody received back, is accounted for within this (domain.md §13 K15, S21).
    public var kitUnaccountedMax = Span.hours(24)
    /// A privacy incident is to be assessed within this (domain.md §12).
    public var privacyAssessment = Span.hours(72)
    /// The key messages and their wordings (domain.md §9).
    public var catalogue = KeyMessageCatalogue.builtIn

    public init() {}

    /// What stands in this file.
    public static let standard = Rulebook()

    /// An occurredAt beyond receivedAt by more than this is clamped, DQ CLOCK_SKEW (domain.md §12).
    public static let clockSkewMax = Span.minutes(5)
    /// An occurredAt beyond receivedAt by more than this is rejected FUTURE_DATED (domain.md §12).
    public static let futureDatedMax = Span.hours(24)
    /// Nothing is sent for what occurred longer ago than this when received (domain.md §12, TOO_LATE_TO_SEND).
    public static let lateness = Span.days(90)
    /// The same for eligibility and kit events (domain.md §12).
    public static let latenessOfHealthFacts = Span.days(28)
    /// An event before any reception waits this long before a provisional spell opens (domain.md §12).
    public var parkedMax = Span.hours(24)
    /// Two releases without a reception between are one release when closer than this (domain.md §12).
    public var releaseRepeatMax = Span.hours(24)
    /// Two admissions closer than this are one admission, reported twice (ours).
    public var admissionRepeatMax = Span.hours(24)
    /// A reception this soon after a release, across midnight, still reverses it (domain.md §7, [F25]).
    public var reversalAcrossMidnightMax = Span.minutes(45)
    /// An uncollected property kit is UNCONFIRMED this long after release, then NO (domain.md §8).
    public var kitUnconfirmedMax = Span.hours(4)
    /// A `collected` event counts from this long before release (domain.md §8) …
    public var collectedBeforeReleaseMax = Span.hours(12)
    /// … to this long after it.
    public var collectedAfterReleaseMax = Span.hours(1)
    /// A kit that expires within this many days of release is to be swapped: six months (domain.md §7.3, §9).
    public var kitExpirySoonDays = 183
    /// An assessment holds for the person this many days (domain.md §3: 12 months).
    public var assessmentHoldsDays = 365
    /// Detoxification this many days before release is recent (domain.md §8).
    public var recentDetoxDays = 28
    /// Days in custody after an opioid-positive reception test without OST that raise to P2 (domain.md §8).
    public var untreatedPositiveDays = 7
    /// A plan must be known this long before the release for it to be planned (domain.md §2).
    public var planNoticeMin = Span.hours(24)
    /// A plan is near from 09:00 this many working days before (domain.md §7.3, §8).
    public var planNearWorkingDays = 2
    /// 10:00 next day: a plan without a release is overdue (domain.md §12).
    public var planOverdueAt = Span.hours(10)
    /// A cancellation before a release this near to the planned date was wrong, and is ignored (domain.md §12, S4).
    public var staleCancelDays = 1
    /// The working day (domain.md §8).
    public var workStarts = Span.hours(9)
    public var workEnds = Span.hours(17)
    /// Working hours in which a P1 handover must be acknowledged (domain.md §8).
    public var urgentAck = Span.hours(4)
    /// Longest life of a consent override (domain.md §6).
    public var overrideMax = Span.hours(72)
    /// A thread closes this many days after release; nothing changes it afterwards (domain.md §8).
    public var threadClosesDays = 84
    /// A missing person record is looked up again every hour …
    public var recordLookUpEvery = Span.hours(1)
    /// … for this long (domain.md §12).
    public var recordLookUpMax = Span.hours(24)
    /// Under this age on the release date the youth routes apply (domain.md §10 R7).
    public var adultAge = 18
    /// Key messages in one handover (domain.md §9) …
    public var keyMessagesMax = 5
    /// … of which triggered by a refusal at most.
    public var refusalMessagesMax = 2
    /// CRC and NPS supervised from this date (domain.md §10 R6) …
    public var rehabilitationCompaniesFrom = LocalDate(daysSince1970: 16_467)  // 2015-02-01
    /// … until the Probation Service took over on this one.
    public var probationServiceFrom = LocalDate(daysSince1970: 18_804)  // 2021-06-26
    /// Drug treatment workers may supply without prescription (domain.md §3 [F12]).
    public var workerSupplyFrom = LocalDate(daysSince1970: 16_709)  // 2015-10-01
}
