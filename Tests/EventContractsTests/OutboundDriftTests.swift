import EventContracts
import Foundation
import HandoverRules
import SyntheticEstate
import Testing

/// What the rules say, against the schemas: neither may change without the other.
@Suite("rules: schemas and outbound messages agree")
struct OutboundDriftTests {
    private static let seed: UInt64 = 20_261_123

    @Test("every message of the estate's stories is valid by its schema")
    func outbound() throws {
        let estate = Estate.demo(seed: Self.seed)
        let registers = DriftRegisters.of(estate.plan)
        let encoder = HandoverEncoder(topics: topics)
        var schemas: [String: JSONSchema] = [:]
        var seen: [String: Int] = [:]
        let events = Dictionary(grouping: estate.events, by: \.subject)
        for person in estate.people {
            for message in told(person, events[person.noms] ?? [], registers) {
                let name = OutboundDriftTests.folder(of: message)
                let schema = try schemas[name] ?? SchemaFolder.schema(name)
                schemas[name] = schema
                seen[name, default: 0] += 1
                let problems = schema.problems(try OutboundDriftTests.instance(encoder.record(of: message)))
                #expect(problems.isEmpty, "seed \(Self.seed) \(name): \(problems)")
            }
        }
        for name in ["handover.drug-service", "handover.supervision", "handover.stood-down", "task.escalated"] {
            #expect(seen[name, default: 0] >= 5, "\(seen)")
        }
    }

    /// What the rules say as one person's events arrive, timers in between.
    private func told(_ person: SyntheticPerson, _ events: [Event], _ registers: Registers) -> [OutboundDecision] {
        var state = PersonState(subject: person.noms)
        // Some are under 18, so that children's services are told too.
        var record = person.record
        if (person.noms.text.utf8.last ?? 0).isMultiple(of: 5) {
            record?.dateOfBirth = LocalDate(year: 2009, month: 1, day: 20)!
        }
        var told: [OutboundDecision] = []
        var seen: Set<UUID> = []
        func take(_ event: Event) {
            guard seen.insert(event.id).inserted else { return }
            let decision = decide(
                state, arrivals: [event], record: record, registers: registers, rules: Rulebook())
            state = decision.state
            told += decision.outbound
        }
        for event in events {
            while let due = state.openTimers.filter({ $0.dueAt <= event.receivedAt }).min(by: { $0.dueAt < $1.dueAt }) {
                take(EventEncoder.event(of: due, subject: person.noms))
            }
            take(event)
        }
        // The follow-up of the last release ends within 84 days.
        let end = (events.last?.receivedAt ?? state.now) + .days(100)
        while let due = state.openTimers.filter({ $0.dueAt <= end }).min(by: { $0.dueAt < $1.dueAt }) {
            take(EventEncoder.event(of: due, subject: person.noms))
        }
        return told
    }

    private static func folder(of message: OutboundDecision) -> String {
        if message.kind == .stoodDown { return "handover.stood-down" }
        let parts = HandoverEncoder.type(of: message).split(separator: ".")
        return parts.dropFirst().dropLast().joined(separator: ".")
    }

    private static func instance(_ record: OutboundRecord) throws -> JSONTree {
        var members: [String: JSONTree] = ["data": try JSONTree(reading: record.value ?? [])]
        for header in record.headers where header.name.hasPrefix("ce_") {
            members[String(header.name.dropFirst(3))] = .string(String(decoding: header.value ?? [], as: UTF8.self))
        }
        return .object(members)
    }
}

/// Registers in which everybody of an estate has somewhere to go, of any age.
private enum DriftRegisters {
    static func of(_ plan: EstatePlan) -> Registers {
        var registers = Registers()
        let from = LocalDate(year: 2021, month: 6, day: 26)!
        for prison in plan.prisons {
            registers.prisons[prison] = Prison(id: prison, name: prison.text, active: true, onboardedFrom: from)
        }
        func provider(_ id: ProviderID, _ kind: ProviderKind) -> ProviderID {
            registers.providers[id] = Provider(
                id: id, kind: kind, name: id.text, validFrom: from, nasalStocked: kind == .drugService)
            return id
        }
        let region = provider(ProviderID("region")!, .probationRegion)
        let justice = provider(ProviderID("justice")!, .youthJustice)
        let young = provider(ProviderID("young")!, .youngPeopleDrugService)
        for area in plan.areas {
            registers.postcodes[area.outcode] = PostcodeArea(authority: area.authority, nation: "England", share: 1)
            guard let drugService = area.drugService else { continue }
            let rows: [(ProviderID, Pathway, AgeBand)] = [
                (provider(drugService, .drugService), .core, .adult), (region, .supervision, .adult),
                (young, .core, .child), (justice, .supervision, .child), (justice, .criminalJustice, .child),
            ]
            registers.coverage[area.authority] = rows.map {
                Coverage(provider: $0.0, pathway: $0.1, ageBand: $0.2, rank: 1, validFrom: from)
            }
        }
        for (code, name) in [("CR", "COMMUNITY_RELEASE"), ("DEC", "DIED"), ("HO", "SECURE_HOSPITAL")] {
            registers.movementReasons[MovementReasonKey(code, .out)] = MovementReason(
                movementClass: name, releaseReason: code == "CR" ? .crd : nil)
        }
        return registers
    }
}
