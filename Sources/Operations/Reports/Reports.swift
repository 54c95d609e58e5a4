import HandoverRules

/// How numbers go into a report: hidden where they are few, or as they are for those who know the people anyway.
public enum Exposure: Sendable {
    /// Leaves the house: 1 to 4 are hidden, and what would give them away.
    case shared
    /// For the prison or the body itself.
    case exact
}

extension Report {
    /// One line of a measure.
    static func row(_ measure: Measure, _ group: String, _ exposure: Exposure) -> [ReportTable.Cell] {
        let lead: [ReportTable.Cell] = [.text(measure.id), .text(measure.name), .text(group)]
        guard exposure == .shared else {
            return lead + [.count(measure.count), .count(measure.of), .percent(measure.percent)]
        }
        let shown = Suppression.share(measure.count, of: measure.of)
        return lead + [.init(shown.count), .init(shown.of), shown.isShown ? .percent(measure.percent) : .hidden("*")]
    }

    /// The same measure over several groups and all of them: what one hidden group could be worked out from is hidden
    /// too.
    static func rows(
        _ all: Measure, _ groups: [(name: String, measure: Measure)], _ exposure: Exposure
    ) -> [[ReportTable.Cell]] {
        var rows = [row(all, "ALL", exposure)] + groups.map { row($0.measure, $0.name, exposure) }
        guard exposure == .shared else { return rows }
        for (column, counts) in [(3, groups.map(\.measure.count)), (4, groups.map(\.measure.of))] {
            for (index, shown) in Suppression.parts(counts).enumerated() {
                if case .count = shown { continue }
                if case .count = rows[index + 1][column] { rows[index + 1][column] = .init(shown) }
                rows[index + 1][5] = .hidden("*")
            }
        }
        return rows
    }

    static let measureColumns = ["measure", "name", "group", "count", "of", "percent"]

    static func besideTable(_ measures: [Measure], _ exposure: Exposure) -> ReportTable {
        let rows = measures.flatMap { measure in
            let counts = measure.beside.map(\.count)
            let shown = exposure == .shared ? Suppression.parts(counts) : counts.map { .count($0) }
            return zip(measure.beside, shown).map { [.text(measure.id), .text($0.label), ReportTable.Cell($1)] }
        }
        return ReportTable("beside", "Shown beside, never within", ["measure", "name", "count"], rows)
    }

    /// Refusals by reason and wing regime, and how many were accepted later (domain.md §13 K7).
    public static func refusals(_ refusals: [CountedRefusal], _ scope: ReportScope, _ exposure: Exposure) -> Report {
        let regimes = groups(refusals.map(\.regime))
        func of(_ regime: String) -> [CountedRefusal] { refusals.filter { ($0.regime ?? unknown) == regime } }
        let reasons = Measures.refusals(refusals).flatMap { all in
            let parts = regimes.map { regime in
                (regime, Measure("K7", all.name, of(regime)) { $0.reasons.contains(all.name) })
            }
            return rows(all, parts, exposure)
        }
        let later = rows(
            Measures.laterAccepted(refusals), regimes.map { ($0, Measures.laterAccepted(of($0))) }, exposure)
        return Report(
            name: "refusals", scope: scope,
            tables: [
                ReportTable("reasons", "Reasons, of all refusals", measureColumns, reasons),
                ReportTable("later", "Training or a kit accepted later", measureColumns, later),
            ])
    }

    static let unknown = "NOT_KNOWN"

    static func groups(_ names: [String?]) -> [String] { Set(names.map { $0 ?? unknown }).sorted() }
}
