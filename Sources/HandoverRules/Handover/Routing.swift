/// Where a person goes home to and who serves that place on the release date (domain.md §10).
struct Router {
    let registers: Registers
    let rules: Rulebook
    /// The release date, or the planned one: rows are chosen by it, never by today.
    let date: LocalDate
    /// Said that the person is out of its area: the next best is named.
    var refused: ProviderID?

    init(registers: Registers, rules: Rulebook, date: LocalDate) {
        self.registers = registers
        self.rules = rules
        self.date = date
    }

    enum Route: Equatable {
        case to(ProviderID)
        /// Nobody valid: the area's commissioner is named, if there is one.
        case nobody(commissioner: ProviderID?)
        /// A human decides.
        case human
    }

    /// R1 and R2: the first address given decides; without one the fallbacks, and never the prison's own area.
    func area(
        _ addresses: [ReleaseAddress], localConnection: AuthorityID?, lastHome: AuthorityID?, office: Label?
    ) -> AuthorityID? {
        if let first = addresses.first, first.status != .noFixedAbode, let found = authority(first.postcode) {
            return found
        }
        for address in addresses where address.status == .approvedPremises || address.status == .cas3 {
            if let found = authority(address.postcode) { return found }
        }
        return localConnection ?? lastHome ?? office.flatMap { registers.offices[$0.text]?.authority }
    }

    private func authority(_ postcode: Postcode?) -> AuthorityID? {
        guard let postcode, postcode != .noFixedAbode, postcode != .notKnown else { return nil }
        let utf8 = postcode.text.utf8
        let space = utf8.firstIndex(of: UInt8(ascii: " ")) ?? utf8.endIndex
        return registers.postcodes[String(postcode.text[..<space])]?.authority
    }

    /// R3 to R5: the coverage row valid on the date, criminal justice before core, lowest rank; a tie is for a human.
    func drugService(_ area: AuthorityID, _ kind: ProviderKind, _ band: AgeBand) -> Route {
        for pathway in [Pathway.criminalJustice, .core] {
            switch best(area, pathway, band, { $0 == kind }) {
            case .some(let route): return route
            case nil: continue
            }
        }
        return .nobody(commissioner: commissioner(area))
    }

    /// R6: the supervising body by date and allocation.
    func supervision(_ area: AuthorityID, _ supervision: Supervision?) -> Route {
        let kind: ProviderKind
        if date >= rules.probationServiceFrom {
            kind = .probationRegion
        } else {
            switch supervision?.allocation {
            case .crc: kind = .crc
            case .nps: kind = .npsDivision
            case .ps, .unknown, nil: return .human
            }
        }
        return best(area, .supervision, .adult, { $0 == kind }) ?? .human
    }

    /// R7: the youth justice service of the area.
    func youthJustice(_ area: AuthorityID) -> Route {
        best(area, .supervision, .child, { $0 == .youthJustice }) ?? .human
    }

    private func best(
        _ area: AuthorityID, _ pathway: Pathway, _ band: AgeBand, _ accepts: (ProviderKind) -> Bool
    ) -> Route? {
        var best: Coverage?
        var tied = false
        for row in registers.coverage[area] ?? [] {
            guard row.pathway == pathway, row.ageBand == band, holds(row.validFrom, row.validTo),
                row.provider != refused, let provider = registers.providers[row.provider], accepts(provider.kind),
                provider.holds(on: date)
            else { continue }
            if let leader = best, leader.rank < row.rank || leader.provider == row.provider { continue }
            tied = best.map { $0.rank == row.rank } ?? false
            if !tied { best = row }
        }
        guard let best else { return nil }
        return tied ? .human : .to(best.provider)
    }

    private func holds(_ from: LocalDate, _ to: LocalDate?) -> Bool { from <= date && (to.map { date <= $0 } ?? true) }

    /// Looked for only where nobody is valid. The lowest id, should an area have two.
    func commissioner(_ area: AuthorityID) -> ProviderID? {
        registers.providers.values
            .filter { $0.kind == .commissioner && $0.authority == area && $0.holds(on: date) }
            .map(\.id).min()
    }
}
