import EventContracts
import Foundation
import HandoverRules
import SyntheticEstate

/// One synthetic person's time from prison to community, in plain words: what was told, what the hub said to whom, and
/// what came back.
struct DemoStory {
    private var lines: [(at: HandoverRules.Instant, words: String)] = []
    private let title: String

    /// The person with the most to tell; nil where nobody was spoken of.
    init?(_ estate: Estate, _ told: [Emission], _ reading: DemoReading) {
        let named = Dictionary(grouping: reading.handovers.filter { $0.noms != nil }, by: { $0.noms ?? "" })
        let scored = estate.people.map { person -> (SyntheticPerson, Int) in
            let handovers = person.numbers.flatMap { named[$0.text] ?? [] }
            let kinds = Set(handovers.map(\.kind)).count
            return (person, kinds * 2 + Set(handovers.map(\.priority)).count + min(person.cases.count, 3))
        }
        guard let person = scored.max(by: { $0.1 < $1.1 })?.0 else { return nil }
        let cases = person.cases.map(\.rawValue).joined(separator: "; ")
        title = "\(person.record?.name ?? "Somebody") (\(person.noms.text)): \(cases)"
        let ids = Set(person.numbers.flatMap { named[$0.text] ?? [] }.map(\.id))
        guard !ids.isEmpty else { return nil }
        for emission in told where emission.fate == .accepted {
            guard let event = emission.event else { continue }
            let isMine = person.numbers.contains(event.subject) || DemoStory.answers(event, ids)
            if isMine { lines.append((event.publishedAt, DemoStory.words(event))) }
        }
        for handover in reading.handovers where ids.contains(handover.id) {
            guard let at = DemoCommunity.time(handover.body["sentAt"]) else { continue }
            lines.append((at, DemoStory.words(handover)))
        }
        lines.sort { $0.at < $1.at }
    }

    func print() {
        Console.say("  \(title)")
        for line in lines.prefix(30) {
            Console.say("    \(String(RFC3339.london(line.at).prefix(16)).replacing("T", with: " "))  \(line.words)")
        }
    }

    private static func answers(_ event: Event, _ ids: Set<String>) -> Bool {
        switch event.payload {
        case .handoverAcknowledged(let p): ids.contains(p.handover.text)
        case .engagementRecorded(let p): ids.contains(p.handover.text)
        default: false
        }
    }

    private static func words(_ handover: DemoReading.Handover) -> String {
        let to = handover.topic.split(separator: ".").dropFirst().joined(separator: " ")
        let thn = handover.body["thn"] as? [String: Any] ?? [:]
        let kit = (thn["kitAtRelease"] as? String).map { ", kit at release: \($0)" } ?? ""
        let reason = (handover.body["reason"] as? String).map { ", because \($0)" } ?? ""
        return "-> \(to): \(handover.kind) \(handover.priority) v\(handover.version)\(kit)\(reason)"
    }

    private static func words(_ event: Event) -> String {
        let corrected = event.correction.map {
            $0.kind == .void ? ", voiding what was told" : ", amending what was told"
        }
        return "\(fact(event.payload))\(corrected ?? "")"
    }

    private static func fact(_ payload: Payload) -> String {
        switch payload {
        case .custodyReceived(let p): "\(p.prison.text) received them (\(p.reason.rawValue))"
        case .custodyMovedOut(let p): "\(p.from.text) sent them out (\(p.reason.rawValue) \(p.to?.text ?? ""))"
        case .custodyEndedOther(let p): "custody ended: \(p.reason.rawValue)"
        case .eligibilityAssessed(let p): "assessed \(p.outcome.rawValue)"
        case .consentRecorded(let p): "consent for \(p.scope.rawValue): \(p.state.rawValue)"
        case .trainingOffered: "training offered"
        case .trainingCompleted(let p): "training \(p.result.rawValue)"
        case .trainingRefused(let p): "refused: \(p.reasons.map(\.rawValue).joined(separator: ", "))"
        case .kitIssued(let p): "kit \(p.kit.text) issued, \(p.issuePoint.rawValue)"
        case .kitCollected(let p): "kit \(p.kit.text) collected"
        case .releasePlanned(let p): "release planned for \(p.fields.plannedDate?.description ?? "")"
        case .releaseChanged(let p): "plan changed: \(p.changeReason.rawValue)"
        case .releaseCancelled(let p): "plan cancelled: \(p.reason.rawValue)"
        case .releaseActual(let p): "released from \(p.prison.text)"
        case .identityMerged(let p): "\(p.removed?.text ?? "a number") merged into \(p.surviving.text)"
        case .bookingMoved(let p): "booking moved from \(p.from.text) to \(p.to.text)"
        case .handoverAcknowledged(let p):
            "<- \(p.decision.rawValue) v\(p.version.value) \(p.rejectReason?.rawValue ?? "")"
        case .engagementRecorded(let p):
            "<- \(p.outcome.rawValue), kit seen: \(p.kitSeen?.rawValue ?? "not asked"), reinforced "
                + (p.reinforced.isEmpty ? "nothing" : p.reinforced.map(\.text).joined(separator: " "))
        default: payload.type.rawValue
        }
    }
}
