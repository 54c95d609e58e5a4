import FoundationEssentials
import HandoverRules
import SyntheticEstate
import Testing

/// The simulated estate works out from its stories what each recipient should hold in the end. The rules must agree,
/// person by person.
@Suite("rules: the synthetic estate") struct EstateCheck {
    @Test("every story of three seeded estates ends as the estate expects", arguments: 1...3 as ClosedRange<UInt64>)
    func stories(seed: UInt64) {
        check(Estate(EstatePlan(seed: seed)))
    }

    @Test("so do those of the years in which companies supervised")
    func companies() {
        check(Estate(EstatePlan(seed: 7, people: 200, start: EstatePlan.rehabilitationCompanies)))
    }

    private func check(_ estate: Estate) {
        let seed = estate.plan.seed
        var run = EstateRun(registers: EstateRegisters.of(estate.plan), people: estate.people)
        run.play(estate.events, until: (estate.emissions.last?.at ?? estate.plan.start) + .days(14))
        #expect(run.torn.isEmpty, "seed \(seed): versions do not rise by one: \(run.torn)")
        for person in estate.people {
            for kind in RecipientKind.allCases {
                let expected = person.expected[kind]
                let last = run.last(person.noms, kind)
                let outcomes = run.outcomes(person.noms, Disclosure.scope(of: kind))
                guard !expected.isMet(by: last, outcomes) else { continue }
                let found = "\(last?.headline ?? "nothing") \(last?.text("reason") ?? "") \(run.words(outcomes))"
                let cases = person.cases.map(\.rawValue)
                Issue.record("seed \(seed) \(kind) \(person.noms.text) \(cases): \(expected), found \(found)")
            }
        }
    }
}

extension ExpectedEnd {
    func isMet(by last: OutboundDecision?, _ outcomes: [Outcome]) -> Bool {
        switch self {
        case .released(let kit):
            let left = last?.kind == .released || last?.kind == .correction
            return left && (last?.text("thn.kitAtRelease") == "YES") == kit
        case .planned: return last?.kind == .planned
        case .stoodDown(let reason): return last?.kind == .stoodDown && last?.text("reason") == reason
        case .suppressed(let reasons):
            return last == nil && outcomes.contains { $0.state == .suppressed && reasons.contains($0.reason) }
        case .humanQueue: return last == nil && outcomes.contains { $0.state == .humanQueue }
        case .nothing: return last == nil
        case .open: return true
        }
    }
}

/// The registers that an estate's plan takes for granted.
enum EstateRegisters {
    static func of(_ plan: EstatePlan) -> Registers {
        var r = World.registers
        let since = date("2015-02-01")
        for id in plan.prisons { r.prisons[id] = Prison(id: id, name: id.text, active: true, onboardedFrom: since) }
        r.prisons[plan.outsidePrison] = Prison(id: plan.outsidePrison, name: "", active: true, onboardedFrom: nil)
        for area in plan.areas {
            r.postcodes[area.outcode] = PostcodeArea(authority: area.authority, nation: "", share: 1)
            var rows: [Coverage] = []
            func add(_ id: Label, _ kind: ProviderKind, _ pathway: Pathway, _ band: AgeBand = .adult) {
                if r.providers[id] == nil {
                    r.providers[id] = Provider(id: id, kind: kind, name: "", validFrom: since, nasalStocked: true)
                }
                rows.append(Coverage(provider: id, pathway: pathway, ageBand: band, rank: 1, validFrom: since))
            }
            for body in [World.probation, World.crc, World.nps] { add(body, .probationRegion, .supervision) }
            if let service = area.drugService {
                add(service, .drugService, .criminalJustice)
                // Where somebody goes whom the first one does not take.
                add(Label(unchecked: "prov-second"), .drugService, .core)
            }
            add(Label(unchecked: "yjs-test"), .youthJustice, .supervision, .child)
            add(Label(unchecked: "yp-test"), .youngPeopleDrugService, .core, .child)
            r.coverage[area.authority] = rows
        }
        for (code, direction, name, reason) in movements {
            r.movementReasons[MovementReasonKey(code, direction)] = MovementReason(
                movementClass: name, releaseReason: reason)
        }
        return r
    }

    /// The codes that the estate uses, classed as in `Deploy/reference/movement-reasons.csv`.
    private static let movements: [(String, MovementDirection, String, ReleaseReason?)] = [
        ("CR", .out, "COMMUNITY_RELEASE", .crd), ("PD", .out, "COMMUNITY_RELEASE", .recallRelease),
        ("HD", .out, "COMMUNITY_RELEASE", .hdc), ("PX", .out, "COMMUNITY_RELEASE", .parole),
        ("NCS", .out, "COMMUNITY_RELEASE", .courtRelease), ("BL", .out, "COMMUNITY_RELEASE", .bail),
        ("AU", .out, "COMMUNITY_RELEASE", .acquitted), ("BD", .out, "COMMUNITY_RELEASE", .immigrationBail),
        ("SC", .out, "COMMUNITY_RELEASE", .sentenceServed), ("D1", .out, "COMMUNITY_RELEASE", .dto),
        ("DEC", .out, "DIED", nil), ("HO", .out, "SECURE_HOSPITAL", nil), ("HP", .out, "SECURE_HOSPITAL", nil),
        ("HQ", .out, "SECURE_HOSPITAL", nil), ("DD", .out, "REMOVAL_OR_IRC", nil),
        ("DE", .out, "REMOVAL_OR_IRC", nil), ("DEIRC", .out, "REMOVAL_OR_IRC", nil), ("UAL", .out, "ABSCOND", nil),
        ("C5", .both, "TEMPORARY_ABSENCE", nil), ("CRT", .both, "COURT", nil), ("I", .into, "ADMISSION", nil),
        ("N", .into, "ADMISSION", nil), ("L", .into, "RECALL", nil), ("INT", .into, "TRANSFER", nil),
    ]
}
