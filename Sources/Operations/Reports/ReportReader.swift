import FoundationEssentials
import HandoverRules
public import Postgres

/// Reads what the reports count from the record tables. Everything but the worklist is read without a prison number.
public struct ReportReader {
    private let connection: PostgresConnection

    public init(_ connection: PostgresConnection) { self.connection = connection }

    /// What a governor's report is made from; who leaves is counted from the end of the period on.
    public func governorFacts(_ scope: ReportScope) throws -> GovernorFacts {
        var ahead = scope
        ahead.from = scope.to
        ahead.to = scope.to.adding(days: Report.worklistDays)
        var facts = GovernorFacts()
        facts.admitted = try admitted(scope)
        facts.released = try released(scope)
        facts.refusals = try refusals(scope)
        facts.stock = try stock(scope)
        facts.leaving = try leaving(ahead)
        if scope.prison == nil, scope.area == nil, scope.body == nil { facts.quality = try quality(scope) }
        return facts
    }

    /// Spells with a release in the period, with their threads.
    public func released(_ scope: ReportScope) throws -> [CountedSpell] {
        let rows = try connection.query(
            ReportSQL.released(scope.from.postgres, scope.to.postgres, scope.prison?.text, scope.area?.text))
        let threads = try threads(of: try rows.map { try $0[0] as UUID })
        return try rows.map { row in
            var spell = try spell(row)
            spell.threads = threads[try row[0]] ?? []
            return spell
        }.filter { spell in scope.body.map { body in spell.threads.contains { $0.body == body.text } } ?? true }
    }

    /// Spells whose admission lies in the period.
    public func admitted(_ scope: ReportScope) throws -> [CountedSpell] {
        try connection.query(
            ReportSQL.admitted(scope.start.timestamp, scope.end.timestamp, scope.prison?.text, scope.area?.text)
        ).map(spell)
    }

    public func refusals(_ scope: ReportScope) throws -> [CountedRefusal] {
        try connection.query(
            ReportSQL.refusals(scope.start.timestamp, scope.end.timestamp, scope.prison?.text, scope.area?.text)
        ).map { row in
            CountedRefusal(reasons: try row[0], regime: try row[1], laterAccepted: try row[2])
        }
    }

    public func stock(_ scope: ReportScope) throws -> KitStock {
        let row = try connection.query(
            ReportSQL.stock(scope.start.timestamp, scope.end.timestamp, scope.prison?.text)
        ).only()
        var stock = KitStock()
        stock.issued = try row[0]
        stock.returned = try row[1]
        stock.expired = try row[2]
        stock.lost = try row[3]
        stock.disputed = try row[4]
        stock.unaccounted = try row[5]
        return stock
    }

    /// Of everything that the hub received in the period; there is no prison in a quarantined record.
    public func quality(_ scope: ReportScope) throws -> EventQuality {
        let row = try connection.query(ReportSQL.quality(scope.start.timestamp, scope.end.timestamp)).only()
        var quality = EventQuality()
        quality.events = try row[0]
        quality.late = try row[1]
        let median: Double? = try row[2]
        quality.medianDelay = median.map { Span(microseconds: Int64($0 * 1_000_000)) }
        quality.quarantined = try row[3]
        quality.openExceptions = try connection.query(ReportSQL.exceptions).map {
            Measure.Count(try $0.text(0), try $0[1])
        }
        return quality
    }

    /// People who leave in the period and still miss training or a kit. It holds prison numbers.
    public func leaving(_ scope: ReportScope) throws -> [WorklistEntry] {
        try connection.query(
            ReportSQL.leaving(scope.from.postgres, scope.to.postgres, scope.prison?.text, scope.area?.text)
        ).map { row in
            WorklistEntry(
                prison: try row[0], noms: try row[1], date: date(try row[2]), training: try row[3],
                hasKit: try row[4], isAssessed: try row[5], regime: try row[6],
                offers: Int(try row[7] as Int32),
                lastOffered: (try row[8] as PostgresTimestamp?).map {
                    London.date(of: Instant(microseconds: $0.microseconds))
                },
                reofferAfter: (try row[9] as PostgresDate?).map(date))
        }
    }

    // MARK: Rows

    private func date(_ value: PostgresDate) -> LocalDate { LocalDate(daysSince1970: Int32(value.daysSince1970)) }

    private func instant(_ row: PostgresRow, _ column: Int) throws -> Instant? {
        (try row[column] as PostgresTimestamp?).map { Instant(microseconds: $0.microseconds) }
    }

    private func spell(_ row: PostgresRow) throws -> CountedSpell {
        var spell = CountedSpell()
        spell.prison = try row[1] ?? ""
        spell.area = try row[2]
        spell.regime = try row[3]
        spell.admittedAt = try instant(row, 4)
        spell.assessedAt = try instant(row, 5)
        spell.isAssessedEligible = try row[6]
        spell.leftAt = try instant(row, 7)
        spell.offered = try row[8]
        spell.trainedAt = try instant(row, 9)
        guard let at = try instant(row, 10), let hold = try instant(row, 11) else { return spell }
        var release = CountedSpell.Release(at: at, holdEndsAt: hold)
        release.isInCohort = try row[12]
        release.isPlanned = try row[13]
        release.kit = try row[14]
        release.kitDoubt = try row[15]
        release.asked = scopes(try row[16])
        release.given = scopes(try row[17])
        release.hadNotice = try row[18]
        release.engagedAfterDays = (try row[19] as Int32?).map { Int($0) }
        release.isOutOfFollowUp = try row[20]
        spell.release = release
        return spell
    }

    private func scopes(_ names: [String]) -> Set<ConsentScope> { Set(names.compactMap { ConsentScope(rawValue: $0) }) }

    private func threads(of spells: [UUID]) throws -> [UUID: [CountedThread]] {
        var found: [UUID: [CountedThread]] = [:]
        for row in try connection.query(ReportSQL.threads(spells)) {
            guard let kind = RecipientKind(rawValue: try row.text(1)) else { continue }
            var thread = CountedThread(kind: kind, body: try row[2])
            thread.releasedSentAt = try instant(row, 3)
            thread.ackBy = try instant(row, 4)
            thread.ackedAt = try instant(row, 5)
            thread.ackDueAt = try instant(row, 6)
            thread.isLive = try row[7]
            thread.stoodDownAt = try instant(row, 8)
            thread.urgentSentAt = try instant(row, 9)
            thread.urgentAckDueAt = try instant(row, 10)
            thread.urgentAckedAt = try instant(row, 11)
            thread.urgentEndedAt = try instant(row, 12)
            thread.suppliedAt = try instant(row, 13)
            thread.reinforcedEarly = Int(try row[14] as Int32)
            found[try row[0], default: []].append(thread)
        }
        return found
    }
}

extension Instant {
    var timestamp: PostgresTimestamp { PostgresTimestamp(microseconds: microseconds) }
}

extension LocalDate {
    var postgres: PostgresDate { PostgresDate(daysSince1970: Int(daysSince1970)) }
}
