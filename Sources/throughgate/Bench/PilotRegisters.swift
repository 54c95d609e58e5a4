import HandoverRules
import SyntheticEstate

extension BenchSteps {
    /// Enough for a drug service and supervision to be told of anybody of the pilot.
    static let registers: Registers = {
        var r = Registers()
        let since = LocalDate(daysSince1970: 0)
        for id in EstatePlan.pilotPrisons {
            r.prisons[id] = Prison(id: id, name: id.text, active: true, onboardedFrom: since)
        }
        for area in HomeArea.pilot {
            r.postcodes[area.outcode] = PostcodeArea(authority: area.authority, nation: "England", share: 1)
            for (id, kind, pathway) in [
                (Label(unchecked: "drug"), ProviderKind.drugService, Pathway.core),
                (Label(unchecked: "probation"), .probationRegion, .supervision),
            ] {
                r.providers[id] = Provider(id: id, kind: kind, name: "", validFrom: since)
                r.coverage[area.authority, default: []].append(
                    Coverage(provider: id, pathway: pathway, ageBand: .adult, rank: 1, validFrom: since))
            }
        }
        return r
    }()
}
