public import HandoverRules

// K8 to K14: what became of the handovers (domain.md §13).

extension Measures {
    private static func consented(_ spells: [CountedSpell]) -> [CountedSpell] {
        spells.filter { $0.release?.given.contains(.drugService) ?? false }
    }

    public static func handedOver(_ spells: [CountedSpell]) -> Measure {
        Measure("K8", "handed over within 60 minutes", consented(spells)) { spell in
            guard let release = spell.release else { return false }
            return spell.threads.contains { thread in
                thread.kind == .drugService
                    && thread.releasedSentAt.map { $0 <= release.holdEndsAt + handedOverWithin } ?? false
            }
        }
    }

    /// - Parameter threads: of every recipient.
    public static func acknowledged(_ threads: [CountedThread]) -> Measure {
        let due = threads.filter { thread in
            guard let by = thread.ackBy, thread.releasedSentAt != nil else { return false }
            return thread.stoodDownAt.map { $0 >= by } ?? true
        }
        return Measure("K9", "acknowledged within 2 working days", due) { thread in
            guard let by = thread.ackBy, let acked = thread.ackedAt else { return false }
            return acked <= by
        }
    }

    public static func urgentAcknowledged(_ threads: [CountedThread]) -> Measure {
        let due = threads.filter { thread in
            guard let by = thread.urgentAckDueAt else { return false }
            // No longer P1 before it was due, and not acknowledged until then.
            guard thread.urgentAckedAt == nil else { return true }
            return [thread.urgentEndedAt, thread.stoodDownAt].allSatisfy { $0.map { $0 >= by } ?? true }
        }
        return Measure("K9p1", "P1 acknowledged within its own clock", due) { thread in
            guard let by = thread.urgentAckDueAt, let acked = thread.urgentAckedAt else { return false }
            return acked <= by
        }
    }

    public static func engaged(_ spells: [CountedSpell]) -> Measure {
        let followed = consented(spells).filter { !($0.release?.isOutOfFollowUp ?? false) }
        return Measure(
            "K10", "engaged within 21 days", followed,
            note: "not the official C20, whose denominator is treatment need on transfer"
        ) { $0.release?.engagedAfterDays.map { (0...engagedByDay).contains($0) } ?? false }
    }

    public static func rescued(_ spells: [CountedSpell]) -> Measure {
        let urgent = spells.filter { spell in
            spell.release?.kit == "NO" && spell.threads.contains { $0.kind == .drugService && $0.urgentSentAt != nil }
        }
        return Measure("K11", "kit from the service within 72 hours, of P1 without one", urgent) { spell in
            guard let release = spell.release else { return false }
            return spell.threads.contains { thread in
                thread.suppliedAt.map { $0 <= release.at + rescuedWithin } ?? false
            }
        }
    }

    public static func notice(_ spells: [CountedSpell]) -> Measure {
        Measure("K12", "planned handover 5 working days before", spells) { $0.release?.hadNotice ?? false }
    }

    /// - Parameter threads: of every recipient; only supervising bodies' that were told of a release count.
    public static func reinforced(_ threads: [CountedThread]) -> Measure {
        Measure(
            "K13", "key messages reinforced by day 14",
            threads.filter { $0.kind == .supervision && $0.releasedSentAt != nil }
        ) { $0.reinforcedEarly > 0 }
    }

    /// For one scope: asked of R, and given of those asked.
    public static func consent(_ scope: ConsentScope, _ spells: [CountedSpell]) -> [Measure] {
        let asked = spells.filter { $0.release?.asked.contains(scope) ?? false }
        return [
            Measure("K14", "asked for \(scope.rawValue)", spells) { $0.release?.asked.contains(scope) ?? false },
            Measure("K14", "given of asked \(scope.rawValue)", asked) { $0.release?.given.contains(scope) ?? false },
        ]
    }

    public static func stock(_ kits: KitStock) -> Measure {
        Measure(
            "K15", "kits returned or expired, of issued", kits.returned + kits.expired, of: kits.issued,
            beside: [
                .init("unaccounted 24 h after release", kits.unaccounted), .init("lost", kits.lost),
                .init("disputed", kits.disputed),
            ])
    }

    public static func quality(_ events: EventQuality) -> [Measure] {
        [
            Measure(
                "K16", "events received more than 24 hours late", events.late, of: events.events,
                beside: events.openExceptions,
                note: events.medianDelay.map { "median delay \($0.microseconds / 1_000_000) s" } ?? ""),
            Measure(
                "K16", "records quarantined", events.quarantined, of: events.events + events.quarantined),
        ]
    }

    /// K1 to K6u, the funnel from the admission to the gate. K5 and K6 are independent: neither bounds the other.
    public static func funnel(admitted: [CountedSpell], cohort: [CountedSpell]) -> [Measure] {
        [
            assessed(admitted), eligible(admitted), offered(cohort), accepted(cohort), trained(cohort), kit(cohort),
            kitUnplanned(cohort),
        ]
    }
}
