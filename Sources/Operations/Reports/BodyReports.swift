public import HandoverRules

extension Report {
    /// For CRC and probation leads, and for drug services: K13 and overdue acknowledgements by body (domain.md §13).
    ///
    /// - Parameter now: what is overdue at this time.
    public static func reinforcement(
        _ released: [CountedSpell], _ scope: ReportScope, now: Instant, _ exposure: Exposure
    ) -> Report {
        let threads = released.flatMap(\.threads).filter { thread in
            scope.body.map { $0.text == thread.body } ?? true
        }
        let bodies = Set(threads.map(\.body)).sorted()
        func of(_ body: String) -> [CountedThread] { threads.filter { $0.body == body } }
        let measures: [([CountedThread]) -> Measure] = [
            Measures.reinforced, Measures.acknowledged, Measures.urgentAcknowledged,
            { overdue($0, now) },
        ]
        let lines = measures.flatMap { measure in
            rows(measure(threads), bodies.map { ($0, measure(of($0))) }.filter { $0.1.of > 0 }, exposure)
        }
        return Report(
            name: "reinforcement", scope: scope,
            tables: [ReportTable("bodies", "By recipient", measureColumns, lines)],
            notes: ["Overdue: sent, still open, not acknowledged, and past its own clock now."])
    }

    static func overdue(_ threads: [CountedThread], _ now: Instant) -> Measure {
        Measure("", "acknowledgement overdue", threads.filter { $0.isLive && $0.releasedSentAt != nil }) { thread in
            guard thread.ackedAt == nil, let due = thread.ackDueAt else { return false }
            return due < now
        }
    }

    /// What may go to a whole team (domain.md §6): the messages for everybody, no person, few numbers hidden. It is
    /// always shown as shared.
    ///
    /// - Parameters:
    ///   - released: the body's spells, or its area's.
    ///   - audience: whom the body is: C or D.
    public static func digest(
        _ released: [CountedSpell], _ scope: ReportScope, audience: Audience, catalogue: KeyMessageCatalogue
    ) -> Report {
        let messages = catalogue.messages.filter {
            $0.audience.contains(audience) && !$0.triggers.isDisjoint(with: generic)
        }
        let cohort = Measures.cohort(released)
        let figures = [Measures.kit(cohort), Measures.reinforced(cohort.flatMap(\.threads))]
        return Report(
            name: "digest", scope: scope,
            tables: [
                ReportTable(
                    "messages", "Key messages", ["id", "say"],
                    messages.map { [.text($0.id), .text($0.wording)] }),
                ReportTable("figures", "Figures", measureColumns, figures.map { row($0, "ALL", .shared) }),
            ],
            notes: [
                "Catalogue \(catalogue.version). About nobody in particular; who was refused or had no consent is "
                    + "not in it."
            ])
    }

    /// Triggers that hold for anybody who leaves: none that rests on a refusal or on what one person told.
    private static let generic: KeyMessageTriggers = [.eligible, .kitHeld, .kitWanting, .consentGiven, .trained]
}
