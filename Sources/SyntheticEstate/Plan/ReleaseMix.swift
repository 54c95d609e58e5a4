public import HandoverRules

/// How often each thing happens in the simulated estate.
///
/// The standard figures were compiled in November 2026 from public statistics of England and Wales. Where a figure
/// is published its source stands beside it; the rest are assumptions made for realism and say so. They shape a
/// simulation and must not be used for planning.
public struct ReleaseMix: Sendable, Hashable {
    /// Reasons of community releases. Assumption, built around 57,277 releases from sentences in 2024, 37,573 licence
    /// recalls in 2024 (Offender management statistics quarterly) and home detention curfew at 15–25 % of the former.
    public var communityReasons: [Weighted<ReleaseReason>] = [
        Weighted(.crd, 0.5), Weighted(.recallRelease, 0.22), Weighted(.hdc, 0.12), Weighted(.courtRelease, 0.05),
        Weighted(.bail, 0.03), Weighted(.acquitted, 0.02), Weighted(.sentenceServed, 0.02), Weighted(.parole, 0.02),
        Weighted(.immigrationBail, 0.01), Weighted(.dto, 0.005), Weighted(.other, 0.005),
    ]
    /// Share of all leavings that are no community release. Assumption: removal or immigration centre 4 %, secure
    /// hospital 1 %, death 0.4 %.
    public var removalShare = 0.04
    public var secureHospitalShare = 0.01
    public var diedShare = 0.004
    /// Absconds from open prisons. Assumption: 0.1 %.
    public var abscondedShare = 0.001
    /// Of those leavings, how many the prison tells as an ending of its own and not as a release. Assumption.
    public var toldAsEndingShare = 0.5
    /// Community releases with less than one working day of notice. Assumption.
    public var unplannedShare = 0.12
    /// Of the unplanned ones, how many go free at a court. Assumption: court, bail, acquittal and immigration bail
    /// make 11 of the 12 % in ``communityReasons``.
    public var courtShareOfUnplanned = 0.8
    /// What became of plans. Assumption.
    var planFates: [Weighted<Situation.Exit>] = [
        Weighted(.planned, 0.928), Weighted(.dateMoved, 0.03), Weighted(.planCancelled, 0.03),
        Weighted(.unconfirmed, 0.01), Weighted(.voided, 0.002),
    ]
    /// Weekday weights, Monday first. Assumption for 2024 onwards: the third of releases that fell on Fridays in 2018
    /// (11,080 in January to June, Advisory Council on the Misuse of Drugs) moved to Thursday and Wednesday by the
    /// Offenders (Day of Release from Detention) Act 2023.
    public var weekdays: [Double] = [0.2, 0.2, 0.21, 0.28, 0.105, 0.004, 0.001]
    /// Local hour of a release from the gate. Assumption: planned releases in the morning.
    public var gateHours: [Weighted<Int>] = [
        Weighted(8, 0.1), Weighted(9, 0.35), Weighted(10, 0.25), Weighted(11, 0.12), Weighted(12, 0.06),
        Weighted(13, 0.03), Weighted(14, 0.03), Weighted(15, 0.03), Weighted(16, 0.02), Weighted(17, 0.01),
    ]
    /// Local hours of a release at court. Assumption.
    public var courtHours: ClosedRange<Int> = 11...17
    /// No fixed abode. 13.1 % = 9,210 of 70,040 in 2023-24 (press summary of Ministry of Justice figures).
    public var noFixedAbodeShare = 0.13
    /// Where people with and without a home go. Assumption.
    var settledHomes: [Weighted<Situation.Home>] = [Weighted(.own, 0.6), Weighted(.family, 0.4)]
    var unsettledHomes: [Weighted<Situation.Home>] = [
        Weighted(.localConnection, 0.6), Weighted(.lastHome, 0.35), Weighted(.nothingKnown, 0.03),
        Weighted(.routedByHand, 0.02),
    ]
    /// Releases with an opioid need. 36 %: 23,230 adults who left opioid treatment and were released in 2018-19
    /// (written answer 53404) over about 64,000 releases in England.
    public var opioidNeedShare = 0.36
    /// Of those without an opioid need, how many were never assessed. Assumption.
    public var notAssessedShare = 0.15
    /// Kit coverage of a prison lies between the national 12 % of 2017-18 (written answer 53404) and the 42 % of
    /// eleven prisons with a naloxone lead (Forward Trust, 2019).
    public var kitCoverage: ClosedRange<Double> = 0.12...0.42
    /// Where a kit was put, and what became of it. Assumption.
    public var kitStories: [Weighted<KitStory>] = [
        Weighted(.atGate, 0.48), Weighted(.collected, 0.28), Weighted(.leftInProperty, 0.14), Weighted(.expired, 0.02),
        Weighted(.lost, 0.02), Weighted(.returned, 0.02), Weighted(.reportedLate, 0.04), Weighted(.replaced, 0.02),
        Weighted(.used, 0.02), Weighted(.supplierNotPermitted, 0.005), Weighted(.declaredOnly, 0.01),
        Weighted(.declaredAbsent, 0.01), Weighted(.disputed, 0.002), Weighted(.reissued, 0.01),
    ]
    /// What became of the offer of training. Assumption; that most who were trained in one survey had asked (142 of
    /// 206, Sondhi 2016) bounds the refusals.
    public var trainingStories: [Weighted<TrainingStory>] = [
        Weighted(.none, 0.35), Weighted(.offered, 0.1), Weighted(.completed, 0.35), Weighted(.partial, 0.06),
        Weighted(.refused, 0.09), Weighted(.refusedThenTrained, 0.04), Weighted(.refusalLate, 0.01),
    ]
    /// Why training or a kit was refused. Assumption, in the order of domain.md §4.
    public var refusalReasons: [Weighted<RefusalReason>] = [
        Weighted(.policeFear, 0.18), Weighted(.clinicalOnly, 0.05), Weighted(.abstinent, 0.15),
        Weighted(.licenceToUse, 0.02), Weighted(.naltrexoneMixUp, 0.03), Weighted(.withdrawalFear, 0.08),
        Weighted(.highMyth, 0.03), Weighted(.needleFear, 0.1), Weighted(.notMyProblem, 0.08), Weighted(.notUsing, 0.08),
        Weighted(.hasKit, 0.04), Weighted(.privacy, 0.03), Weighted(.noTime, 0.03), Weighted(.language, 0.02),
        Weighted(.unwell, 0.03), Weighted(.badExperience, 0.02), Weighted(.notStated, 0.02), Weighted(.other, 0.01),
    ]
    /// Held at another prison before the one they leave from. Assumption.
    public var transferShare = 0.12
    public var transferStories: [Weighted<TransferStory>] = [
        Weighted(.announced, 0.8), Weighted(.unannounced, 0.15), Weighted(.reportedLate, 0.05),
    ]
    /// Of the property kits that came along, how many the receiving prison says it holds. Assumption.
    public var kitConfirmedShare = 0.5
    /// Known under another prison number too. Assumption.
    public var mergedShare = 0.005
    var identityStories: [Weighted<IdentityStory>] = [
        Weighted(.mergedBefore, 0.4), Weighted(.mergedAfter, 0.25), Weighted(.twoSpells, 0.1), Weighted(.twice, 0.05),
        Weighted(.aliasUsed, 0.1), Weighted(.incomplete, 0.05), Weighted(.bookingMoved, 0.05),
    ]
    /// Recorded wrongly and corrected. Assumption.
    public var correctedShare = 0.02
    public var correctionStories: [Weighted<CorrectionStory>] = [
        Weighted(.releaseAmended, 0.3), Weighted(.kitVoided, 0.2), Weighted(.kitAmended, 0.2),
        Weighted(.assessmentAmended, 0.15), Weighted(.consentVoided, 0.15),
    ]
    /// Under 18 at release. Assumption.
    public var childShare = 0.01
    /// Recalled within days of release. Assumption.
    public var recalledShare = 0.02
    /// Consent to tell the drug service. Assumption; no rate is published.
    public var drugServiceConsent: [Weighted<ConsentState>] = [
        Weighted(.given, 0.795), Weighted(.refused, 0.1), Weighted(.notAsked, 0.098), Weighted(.lacksCapacity, 0.002),
        Weighted(.override, 0.005),
    ]
    /// Consent to tell the supervising body. Assumption; no rate is published.
    public var supervisionConsent: [Weighted<ConsentState>] = [
        Weighted(.given, 0.55), Weighted(.refused, 0.25), Weighted(.notAsked, 0.2),
    ]
    /// Given and withdrawn again before release. Assumption.
    public var withdrawnShare = 0.01
    /// Days in custody so far. Assumption with a heavy short end. A stay is cut at ``EstatePlan/custodyDaysMax``
    /// because the hub sends nothing on the strength of an event more than 90 days old (domain.md §12).
    public var custodyDays: [Weighted<ClosedRange<Int>>] = [
        Weighted(12...27, 0.2), Weighted(28...80, 0.27), Weighted(81...EstatePlan.custodyDaysMax, 0.53),
    ]

    public init() {}

    /// The kit coverage of the `index`th prison, spread evenly over ``kitCoverage``.
    func coverage(ofPrison index: Int, of count: Int) -> Double {
        let step = count > 1 ? Double(index) / Double(count - 1) : 0.5
        return kitCoverage.lowerBound + step * (kitCoverage.upperBound - kitCoverage.lowerBound)
    }
}
