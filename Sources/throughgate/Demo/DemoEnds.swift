import Foundation
import HandoverRules
import SyntheticEstate

/// Whether everybody's last handover is what their story should end in.
struct DemoEnds {
    /// By any prison number of the person and kind of recipient: the handover that stands, or else the last.
    private var held: [NomsNumber: [RecipientKind: DemoReading.Handover]] = [:]
    private let estate: Estate
    /// Handovers that a recipient refused or reported a death on: their people end otherwise than the story says.
    private let answeredOtherwise: Set<String>
    private var freed: Set<NomsNumber> = []

    init(estate: Estate, reading: DemoReading, community: DemoCommunity) {
        self.estate = estate
        answeredOtherwise = DemoEnds.answeredOtherwise(community.answers)
        var owners: [String: NomsNumber] = [:]
        for handover in reading.handovers {
            if let noms = handover.noms.flatMap({ NomsNumber($0) }) { owners[handover.id] = noms }
        }
        var canonical: [NomsNumber: NomsNumber] = [:]
        for person in estate.people { for noms in person.formerNumbers { canonical[noms] = person.noms } }
        for handover in reading.latest.values.sorted(by: { ($0.sentAt, $0.id) < ($1.sentAt, $1.id) }) {
            guard let named = owners[handover.id], let kind = community.recipients[handover.topic]?.kind else {
                continue
            }
            let noms = canonical[named] ?? named
            if answeredOtherwise.contains(handover.id) { freed.insert(noms) }
            let before = held[noms]?[kind]
            // A person with several spells or providers: the thread that still stands counts.
            if before == nil || before?.kind == "STOOD_DOWN" { held[noms, default: [:]][kind] = handover }
        }
    }

    private static func answeredOtherwise(_ answers: [Event]) -> Set<String> {
        var found: Set<String> = []
        for event in answers {
            switch event.payload {
            case .handoverAcknowledged(let p) where p.decision == .rejected: found.insert(p.handover.text)
            case .engagementRecorded(let p) where p.outcome == .died: found.insert(p.handover.text)
            default: break
            }
        }
        return found
    }

    /// In words, each kind of mistake once with its count.
    var wrong: [String] {
        var wrong: [String: Int] = [:]
        for person in estate.people where !freed.contains(person.noms) {
            for kind in RecipientKind.allCases {
                let last = held[person.noms]?[kind]
                guard !person.expected[kind].isMet(by: last) else { continue }
                let cases = person.cases.map(\.rawValue).joined(separator: ",")
                let found = last.map { "\($0.kind) \($0.body["reason"] as? String ?? "") \($0.kit)" } ?? "nothing"
                wrong[
                    "\(kind.rawValue): \(cases) should end as \(person.expected[kind]), holds \(found)", default: 0] +=
                    1
            }
        }
        return wrong.keys.sorted().map { "\(wrong[$0] ?? 0) x \($0)" }
    }
}

extension DemoReading.Handover {
    fileprivate var sentAt: HandoverRules.Instant { DemoCommunity.time(body["sentAt"]) ?? .distantPast }
    fileprivate var kit: String { (body["thn"] as? [String: Any])?["kitAtRelease"] as? String ?? "" }
}

extension ExpectedEnd {
    /// Whether this is how the thread ended.
    func isMet(by handover: DemoReading.Handover?) -> Bool {
        switch self {
        case .open: true
        case .suppressed, .humanQueue, .nothing: handover == nil
        case .planned: handover?.kind == "PLANNED"
        case .stoodDown(let reason):
            handover?.kind == "STOOD_DOWN" && handover?.body["reason"] as? String == reason
        case .released(let kit):
            ["RELEASED", "CORRECTION"].contains(handover?.kind) && (handover?.kit == "YES") == kit
        }
    }
}
