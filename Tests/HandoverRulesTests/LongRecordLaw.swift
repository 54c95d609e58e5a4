import FoundationEssentials
import HandoverRules
import Testing

/// A person of whom far more is told than of anybody: nothing is left out of a fold because there is much of it, and
/// what the recipients hold at the end does not depend on how the events were cut into batches.
@Suite("rules: one person's thousands of events") struct LongRecordLaw {
    /// What there is so much of, between admission and release.
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case kits, kitAndBack, plans, consents, assessments, moves, acknowledgements, sameAgain, amendments

        var testDescription: String { rawValue }

        func payload(_ i: Int, _ handover: UUID?) -> Payload {
            switch self {
            case .kits: .kit(.gate, id: "MDI-26-\(100_000 + i)")
            case .kitAndBack: i.isMultiple(of: 2) ? .kit(.gate) : .returned()
            case .plans:
                .changed(Int64(i) + 2) { $0.plannedDate = date(i.isMultiple(of: 2) ? "2026-06-04" : "2026-06-05") }
            case .consents: .consent(.drugService, i.isMultiple(of: 2) ? .withdrawn : .given)
            case .assessments: .assessed(i.isMultiple(of: 2) ? .unable : .eligible, id: "a-\(10 + i)")
            case .moves: i.isMultiple(of: 2) ? .movedOut(.toCourt) : .admitted("MDI", .returnFromCourt)
            case .acknowledgements: .acked(handover, Int64(i) + 1)
            case .sameAgain: .kit(.gate)
            case .amendments: .planned(i.isMultiple(of: 2) ? "2026-06-04" : "2026-06-05")
            }
        }
    }

    static let count = 1_000

    @Test(arguments: Kind.allCases)
    func theReleaseIsToldHoweverMuchWasToldBefore(_ kind: Kind) {
        let whole = endings(kind, batch: .max), cut = endings(kind, batch: 500)
        #expect(
            whole.kinds == [.released, .released] || whole.kinds == [.correction, .correction], "\(kind): \(whole)")
        #expect(whole == cut)
    }

    struct Ending: Equatable {
        var kinds: [HandoverKind]
        var digests: [[UInt8]]
        var kept: Int
    }

    private func endings(_ kind: Kind, batch: Int) -> Ending {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 10:00")
        let handover = story.drug.last?.id
        var carried: CarriedFold?
        var events: [Event] = []
        let target = story.state.events.last?.id ?? UUID()
        for i in 0..<LongRecordLaw.count {
            var event = story.event(kind.payload(i, handover), occurred: "05-20 09:00")
            event.receivedAt = time("05-20 09:00") + .minutes(Int64(i))
            event.publishedAt = event.receivedAt
            event.occurredAt = kind == .sameAgain ? time("05-20 09:00") : event.receivedAt
            if kind == .amendments { event.correction = Correction(of: target, kind: .amend, keepsTime: true) }
            events.append(event)
        }
        events.append(story.event(.released("06-05 09:15"), occurred: "06-05 09:15"))
        var state = story.state
        var rest = events[...]
        while !rest.isEmpty {
            let decision = decide(
                state, arrivals: Array(rest.prefix(batch)), record: story.record, registers: story.registers,
                rules: story.rules, carried: carried)
            (state, carried) = (decision.state, decision.carried)
            rest = rest.dropFirst(batch)
        }
        story.state = state
        story.settle()
        let live = story.state.threads.filter { $0.kind != .stoodDown }
        return Ending(
            kinds: live.map(\.kind), digests: live.map(\.contentDigest), kept: story.state.events.count)
    }
}
