public import HandoverRules

/// The formulas of domain.md §13 as pure functions over what was counted. An empty denominator is "n/a".
public enum Measures {
    /// Days after admission within which an assessment counts for K1.
    public static let assessedWithin = Span.days(7)
    /// From the end of the hold to the RELEASED version (K8).
    public static let handedOverWithin = Span.minutes(60)
    /// Last day on which a first contact counts for K10.
    public static let engagedByDay = 21
    /// From the release to a kit from the service (K11).
    public static let rescuedWithin = Span.hours(72)

    /// Cohort R: the spells whose final release in the period counts.
    public static func cohort(_ spells: [CountedSpell]) -> [CountedSpell] {
        spells.filter { $0.release?.isInCohort ?? false }
    }

    // MARK: In custody

    /// - Parameter spells: admissions of the period.
    public static func assessed(_ spells: [CountedSpell]) -> Measure {
        let stayed = spells.filter { spell in
            guard let admitted = spell.admittedAt else { return false }
            return spell.leftAt.map { $0 >= admitted + assessedWithin } ?? true
        }
        return Measure("K1", "assessed within 7 days", stayed) { spell in
            guard let admitted = spell.admittedAt, let assessed = spell.assessedAt else { return false }
            return assessed <= admitted + assessedWithin
        }
    }

    /// - Parameter spells: admissions of the period.
    public static func eligible(_ spells: [CountedSpell]) -> Measure {
        Measure("K2", "eligible of those assessed", spells.filter { $0.assessedAt != nil }) { $0.isAssessedEligible }
    }

    /// - Parameter spells: cohort R, here and below.
    public static func offered(_ spells: [CountedSpell]) -> Measure {
        Measure("K3", "offered training or a kit", spells) { $0.offered }
    }

    public static func accepted(_ spells: [CountedSpell]) -> Measure {
        Measure("K4", "accepted of those offered", spells.filter(\.offered)) {
            $0.trainedAt != nil || $0.release?.kit == "YES"
        }
    }

    public static func trained(_ spells: [CountedSpell]) -> Measure {
        Measure("K5", "trained before release", spells) { spell in
            guard let trained = spell.trainedAt, let release = spell.release else { return false }
            return trained <= release.at
        }
    }

    // MARK: At release

    /// Doubt is shown beside it, never within.
    public static func kit(_ spells: [CountedSpell]) -> Measure {
        Measure("K6", "kit at release", spells, beside: doubt(spells)) { $0.release?.kit == "YES" }
    }

    public static func kitUnplanned(_ spells: [CountedSpell]) -> Measure {
        let unplanned = spells.filter { $0.release.map { !$0.isPlanned } ?? false }
        return Measure("K6u", "kit at unplanned release", unplanned, beside: doubt(unplanned)) {
            $0.release?.kit == "YES"
        }
    }

    private static func doubt(_ spells: [CountedSpell]) -> [Measure.Count] {
        let releases = spells.compactMap(\.release).filter { $0.kit != "YES" }
        return [
            .init("unconfirmed", releases.count { $0.kit == "UNCONFIRMED" || $0.kitDoubt == "UNCONFIRMED" }),
            .init("disputed", releases.count { $0.kitDoubt == "DISPUTED" }),
        ]
    }

    // MARK: Refusals

    /// One figure a reason: refusals that name it, of all refusals.
    public static func refusals(_ refusals: [CountedRefusal]) -> [Measure] {
        Set(refusals.flatMap(\.reasons)).sorted().map { reason in
            Measure("K7", reason, refusals) { $0.reasons.contains(reason) }
        }
    }

    public static func laterAccepted(_ refusals: [CountedRefusal]) -> Measure {
        Measure("K7", "accepted later", refusals) { $0.laterAccepted }
    }
}
