import FoundationEssentials
import HandoverRules
import SyntheticEstate
import Testing

/// The simulated estate works out from its stories what each recipient should hold in the end. The rules must agree,
/// person by person.
@Suite("rules: the synthetic estate") struct EstateCheck {
    @Test("every story of six seeded estates ends as the estate expects")
    func stories() {
        for seed in 1...6 as ClosedRange<UInt64> {
            let estate = Estate(EstatePlan(seed: seed))
            let events = Dictionary(grouping: estate.events) { $0.subject }
            for person in estate.people {
                var story = Story()
                story.state = PersonState(subject: person.noms)
                story.registers = Self.registers
                story.record = person.record
                for event in events[person.noms] ?? [] { story.receive([event]) }
                story.wait(until: "06-25 12:00")
                check(story, .drugService, person.expected.drugService, person, seed)
                check(story, .supervision, person.expected.supervision, person, seed)
            }
        }
    }

    private func check(
        _ story: Story, _ kind: RecipientKind, _ expected: ExpectedEnd, _ person: SyntheticPerson, _ seed: UInt64
    ) {
        let last = story.sent(kind).last
        let outcome = story.outcome(Disclosure.scope(of: kind))
        let held: Bool
        switch expected {
        case .released(let kit):
            let left = last?.kind == .released || last?.kind == .correction
            held = left && (last?.text("thn.kitAtRelease") == "YES") == kit
        case .planned: held = last?.kind == .planned
        case .stoodDown(let reason): held = last?.kind == .stoodDown && last?.text("reason") == reason
        case .suppressed(let reasons):
            held = last == nil && outcome?.state == .suppressed && reasons.contains(outcome?.reason ?? "")
        case .humanQueue: held = last == nil && outcome?.state == .humanQueue
        case .nothing: held = last == nil
        case .open: held = true
        }
        let found = "\(last?.headline ?? "nothing") \(last?.text("reason") ?? "") \(String(describing: outcome))"
        #expect(held, "seed \(seed) \(kind) \(person.cases): expected \(expected), found \(found)")
    }

    private static let registers: Registers = {
        var r = World.registers
        for id in EstatePlan.pilotPrisons {
            r.prisons[id] = Prison(id: id, name: id.text, active: true, onboardedFrom: date("2015-01-01"))
        }
        for area in HomeArea.pilot {
            r.postcodes[area.outcode] = PostcodeArea(authority: area.authority, nation: "", share: 1)
            var rows: [Coverage] = []
            func add(_ id: Label, _ kind: ProviderKind, _ pathway: Pathway) {
                r.providers[id] = Provider(id: id, kind: kind, name: "", validFrom: date("2015-01-01"))
                rows.append(
                    Coverage(provider: id, pathway: pathway, ageBand: .adult, rank: 1, validFrom: date("2015-01-01")))
            }
            add(World.probation, .probationRegion, .supervision)
            if let service = area.drugService { add(service, .drugService, .criminalJustice) }
            r.coverage[area.authority] = rows
        }
        return r
    }()
}
