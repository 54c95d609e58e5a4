import EventContracts
import Foundation
import HandoverRules
import Testing

/// What the rules make of the examples: each stands in a story that is told by other examples, about one person who is
/// in custody at MDI, eligible, with consents and a plan for 2026-06-05.
@Suite("rules: what the examples lead to")
struct ExampleRuleTests {
    /// The story so far, as far as it was known when the example came.
    private static let before = [
        "custody.received/received-remand.json", "thn.eligibility.assessed/assessed-eligible.json",
        "consent.recorded/consent-drug-service.json", "consent.recorded/consent-supervision.json",
        "custody.moved_out/transferred.json", "custody.received/received-transfer.json",
        "release.planned/planned-to-family.json",
    ]

    /// What came before that, where the example speaks of it.
    private static let also = [
        "release.actual/voids-by-attribute.json": ["release.actual/released-with-kit.json"],
        "release.actual/amends-by-attribute.json": ["release.actual/released-with-kit.json"],
        "custody.received/received-recalled.json": ["release.actual/released-without-kit.json"],
        "thn.kit.issued/issued-at-gate.json": ["release.actual/released-with-kit.json"],
    ]

    /// What did not happen where the example did.
    private static let instead = ["custody.moved_out/transferred.json": "custody.received/received-transfer.json"]

    @Test(
        "each example leads to what its line says", arguments: SchemaFolder.examples.filter { !$0.rules.isEmpty })
    func said(example: SchemaFolder.Example) throws {
        let last = try event(example.file)
        let earlier = try (Self.before + (Self.also[example.file] ?? []))
            .filter { $0 != example.file && Self.instead[example.file] != $0 }.map(event)
        let story = earlier.filter { $0.receivedAt <= last.receivedAt }.sorted { $0.receivedAt < $1.receivedAt }
        #expect(told(story, then: last) == example.rules, "\(example.file)")
    }

    @Test("the lines speak of releases, withdrawals and of those about whom nothing is said")
    func complete() {
        let rules = SchemaFolder.examples.map(\.rules)
        for word in ["RELEASED P1", "PLANNED", "STOOD_DOWN", "nothing", "transfer.briefing"] {
            #expect(rules.contains { $0.contains(word) }, "\(word)")
        }
        // A release that is taken always says what comes of it.
        for example in SchemaFolder.examples where example.name == "release.actual" && example.outcome == "EVENT" {
            #expect(!example.rules.isEmpty, "\(example.file)")
        }
    }

    private func event(_ file: String) throws -> Event {
        let line = PublishedLines(topics: topics).read(try SchemaFolder.bytes(file), number: 1, clock: .events)
        guard case .record(let record) = line.outcome else {
            Issue.record("\(file) is not taken")
            throw CocoaError(.coderReadCorrupt)
        }
        return try #require(decode(inbound(record)).event, "\(file)")
    }

    /// What leaves in the six hours from the last event on, in words.
    private func told(_ story: [Event], then last: Event) -> String {
        var state = PersonState(subject: last.subject)
        var words: Set<String> = []
        func take(_ event: Event, isCounted: Bool) {
            let decision = decide(
                state, arrivals: [event], record: Self.person, registers: Self.registers, rules: Rulebook())
            state = decision.state
            if isCounted { words.formUnion(decision.outbound.map(Self.words)) }
        }
        func timers(until end: Instant, isCounted: Bool) {
            while let due = state.openTimers.filter({ $0.dueAt <= end }).min(by: { $0.dueAt < $1.dueAt }) {
                take(EventEncoder.event(of: due, subject: last.subject), isCounted: isCounted)
            }
        }
        for event in story {
            timers(until: event.receivedAt, isCounted: false)
            take(event, isCounted: false)
        }
        timers(until: last.receivedAt, isCounted: false)
        take(last, isCounted: true)
        timers(until: last.receivedAt + .hours(6), isCounted: true)
        return words.isEmpty ? "nothing" : words.sorted().joined(separator: " + ")
    }

    /// `drug-service RELEASED P1`, `task PHONE_NOW`.
    private static func words(_ message: OutboundDecision) -> String {
        let type = HandoverEncoder.type(of: message).split(separator: ".").dropFirst().dropLast()
        guard let kind = message.kind else {
            return message.taskCode == "TRANSFER_BRIEFING" ? "transfer.briefing" : "task \(message.taskCode ?? "")"
        }
        var said = [type.last.map(String.init) ?? "", kind.rawValue]
        if kind == .stoodDown, case .object(let fields) = message.body,
            case .text(let reason)? = fields.first(where: { $0.name == "reason" })?.value
        {
            said.append(reason)
        } else if let priority = message.priority {
            said.append(priority.text)
        }
        return said.joined(separator: " ")
    }

    private static let person: PersonRecord = {
        var record = PersonRecord(
            name: "Sam Example", dateOfBirth: LocalDate(year: 1989, month: 2, day: 11)!)
        record.postcode = Postcode("LS9 7FL")
        record.addressStatus = .own
        return record
    }()

    private static let registers: Registers = {
        var registers = Registers()
        let from = LocalDate(year: 2021, month: 6, day: 26)!
        for code in ["MDI", "LEI"] {
            let prison = PrisonID(code)!
            registers.prisons[prison] = Prison(id: prison, name: code, active: true, onboardedFrom: from)
        }
        let leeds = AuthorityID("E08000035")!
        let drug = ProviderID("prov-leeds")!
        let region = ProviderID("ps-yh")!
        registers.providers[drug] = Provider(id: drug, kind: .drugService, name: "Leeds", validFrom: from)
        registers.providers[region] = Provider(id: region, kind: .probationRegion, name: "Region", validFrom: from)
        registers.coverage[leeds] = [
            Coverage(provider: drug, pathway: .criminalJustice, ageBand: .adult, rank: 1, validFrom: from),
            Coverage(provider: region, pathway: .supervision, ageBand: .adult, rank: 1, validFrom: from),
        ]
        registers.postcodes["LS9"] = PostcodeArea(authority: leeds, nation: "England", share: 1)
        registers.offices["YHLDS01"] = Office(provider: region, authority: leeds)
        let classes: [(String, String, ReleaseReason?)] = [("CR", "COMMUNITY_RELEASE", .crd), ("DEC", "DIED", nil)]
        for (code, movement, reason) in classes {
            registers.movementReasons[MovementReasonKey(code, .out)] = MovementReason(
                movementClass: movement, releaseReason: reason)
        }
        return registers
    }()
}
