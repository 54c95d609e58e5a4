public import HandoverRules

/// Somebody who leaves soon and still misses training or a kit. For the prison that holds the person only: it carries
/// the prison number.
public struct WorklistEntry: Sendable, Hashable {
    public var prison: String
    public var noms: String
    /// Planned.
    public var date: LocalDate
    /// `ELIGIBLE`, `OFFERED` … (domain.md §12).
    public var training: String
    public var hasKit: Bool
    public var isAssessed: Bool
    public var regime: String?
    public var offers: Int
    public var lastOffered: LocalDate?
    public var reofferAfter: LocalDate?
}

/// When somebody may be offered training or a kit again: three offers at most, seven days apart, and always once in
/// the last 72 hours (domain.md §4).
public enum OfferRule {
    public static let offersMax = 3
    public static let daysApart = 7
    /// 72 hours.
    public static let lastDays = 3

    /// - Returns: the first date from `today` on which an offer is to be made; nil where none is left.
    public static func next(
        offers: Int, lastOffered: LocalDate?, reofferAfter: LocalDate?, release: LocalDate, today: LocalDate
    ) -> LocalDate? {
        let lastChance = release.adding(days: -lastDays)
        let isDueAtTheEnd = lastOffered.map { $0 < lastChance } ?? true
        var earliest = today
        if let lastOffered { earliest = max(earliest, lastOffered.adding(days: daysApart)) }
        if let reofferAfter { earliest = max(earliest, reofferAfter) }
        if offers < offersMax, earliest < lastChance { return earliest }
        guard isDueAtTheEnd else { return nil }
        return max(today, lastChance)
    }
}

extension Report {
    /// Releases of the next 14 days without training or a kit, by prison (domain.md §13).
    public static let worklistDays = 14

    /// - Parameter today: the day of the report; offers are due from it on.
    public static func worklist(_ entries: [WorklistEntry], _ scope: ReportScope, today: LocalDate) -> Report {
        let rows = entries.map { entry -> [ReportTable.Cell] in
            let next = OfferRule.next(
                offers: entry.offers, lastOffered: entry.lastOffered, reofferAfter: entry.reofferAfter,
                release: entry.date, today: today)
            return [
                .text(entry.prison), .text(entry.date.description), .count(entry.date.days(since: today)),
                .text(entry.noms), .text(entry.isAssessed ? entry.training : "NOT_ASSESSED"),
                .text(entry.hasKit ? "YES" : "NO"), ReportTable.Cell(entry.regime), .count(entry.offers),
                ReportTable.Cell(next?.description), .text(step(entry, next, today)),
            ]
        }
        return Report(
            name: "worklist", scope: scope,
            tables: [
                ReportTable(
                    "worklist", "Leaving without training or a kit",
                    [
                        "prison", "plannedDate", "days", "nomsNumber", "training", "kit", "wingRegime", "offers",
                        "offerFrom", "next",
                    ], rows)
            ],
            notes: ["This list names people by prison number: it is for the prison that holds them."])
    }

    private static func step(_ entry: WorklistEntry, _ next: LocalDate?, _ today: LocalDate) -> String {
        if !entry.isAssessed { return "ASSESS" }
        if entry.training == "TRAINED" { return "ISSUE_KIT" }
        guard let next else { return "NO_MORE_OFFERS" }
        return next == today ? "OFFER_NOW" : "OFFER_LATER"
    }
}
