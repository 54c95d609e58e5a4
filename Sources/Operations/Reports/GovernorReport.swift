import HandoverRules

/// What a governor's report is made from.
public struct GovernorFacts: Sendable {
    public var admitted: [CountedSpell] = []
    public var released: [CountedSpell] = []
    public var refusals: [CountedRefusal] = []
    public var stock = KitStock()
    public var leaving: [WorklistEntry] = []
    /// Of the whole hub; nil in a report about one prison or area.
    public var quality: EventQuality?
    public init() {}
}

extension Report {
    /// The weekly scorecard of domain.md §13: the funnel by wing regime, who leaves without a kit, refusals, unplanned
    /// releases, kits. The people on the worklist are counted here, and named in `report worklist`.
    public static func governor(_ facts: GovernorFacts, _ scope: ReportScope, _ exposure: Exposure) -> Report {
        let cohort = Measures.cohort(facts.released)
        let unplanned = Measure("", "unplanned", cohort) { $0.release.map { !$0.isPlanned } ?? false }
        var tables = [
            funnel(facts.admitted, cohort, exposure),
            ReportTable(
                "handovers", "Handovers", measureColumns, handovers(cohort).map { row($0, "ALL", exposure) }),
            ReportTable("releases", "Releases of cohort R", measureColumns, [row(unplanned, "ALL", exposure)]),
            worklist(facts.leaving, exposure),
        ]
        let stock = Measures.stock(facts.stock), refusals = refusals(facts.refusals, scope, exposure)
        tables += refusals.tables
        tables.append(
            ReportTable("kits", "Kits issued in the period", measureColumns, [row(stock, "ALL", exposure)]))
        var beside = [Measures.kit(cohort), Measures.kitUnplanned(cohort), stock]
        if let quality = facts.quality {
            let measures = Measures.quality(quality)
            tables.append(
                ReportTable(
                    "quality", "What came in, of the whole hub", measureColumns,
                    measures.map { row($0, "ALL", exposure) }))
            beside += measures
        }
        tables.append(besideTable(beside, exposure))
        return Report(name: "governor", scope: scope, tables: tables, notes: notes(exposure))
    }

    private static func notes(_ exposure: Exposure) -> [String] {
        [
            "K10 is not the official C20, whose denominator is treatment need on transfer.",
            exposure == .shared
                ? "1 to 4 are shown as <5; * is hidden because it could be worked out from the rest."
                : "Numbers are exact: not to be passed on.",
        ]
    }

    private static func funnel(
        _ admitted: [CountedSpell], _ cohort: [CountedSpell], _ exposure: Exposure
    ) -> ReportTable {
        let regimes = groups((admitted + cohort).map(\.regime))
        func of(_ spells: [CountedSpell], _ regime: String) -> [CountedSpell] {
            spells.filter { ($0.regime ?? unknown) == regime }
        }
        let parts = regimes.map { ($0, Measures.funnel(admitted: of(admitted, $0), cohort: of(cohort, $0))) }
        let lines = Measures.funnel(admitted: admitted, cohort: cohort).enumerated().flatMap { index, all in
            rows(all, parts.map { ($0.0, $0.1[index]) }, exposure)
        }
        return ReportTable("funnel", "From admission to the gate, by wing regime", measureColumns, lines)
    }

    static func handovers(_ cohort: [CountedSpell]) -> [Measure] {
        let threads = cohort.flatMap(\.threads)
        return [
            Measures.handedOver(cohort), Measures.acknowledged(threads), Measures.urgentAcknowledged(threads),
            Measures.engaged(cohort), Measures.rescued(cohort), Measures.notice(cohort), Measures.reinforced(threads),
        ] + ConsentScope.allCases.flatMap { Measures.consent($0, cohort) }
    }

    private static func worklist(_ leaving: [WorklistEntry], _ exposure: Exposure) -> ReportTable {
        let counts = [
            ("without a kit", leaving.count { !$0.hasKit }),
            ("not trained", leaving.count { $0.training != "TRAINED" }),
            ("not assessed", leaving.count { !$0.isAssessed }),
        ]
        return ReportTable(
            "leaving", "Leaving in the \(worklistDays) days after", ["name", "count"],
            counts.map { name, count in
                let isHidden = exposure == .shared && Suppression.isSmall(count)
                return [.text(name), isHidden ? .hidden("<5") : .count(count)]
            })
    }
}
