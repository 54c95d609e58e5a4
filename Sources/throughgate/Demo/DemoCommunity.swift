import EventContracts
import Foundation
import HandoverRules
import SyntheticEstate

/// The people at the other end: reads what recipients and those who phone have been told since the last time, and
/// answers as the simulation has them answer.
struct DemoCommunity {
    private let workers: CommunityWorker
    private let desk: DutyDesk
    private var handoversRead = 0
    private var tasksRead = 0
    /// Everything that was answered.
    private(set) var answers: [Event] = []
    /// By topic, who reads it.
    let recipients: [String: Recipient]

    init(seed: UInt64, recipients: [String: Recipient]) {
        workers = CommunityWorker(seed: seed)
        desk = DutyDesk(seed: seed)
        self.recipients = recipients
    }

    /// Answers to what is new. Nothing is published before `earliest`: the providers' systems send what their workers
    /// wrote down every few hours.
    mutating func answer(_ reading: DemoReading, earliest: HandoverRules.Instant) -> [Emission] {
        var new = reading.handovers[handoversRead...].compactMap(seen).flatMap(workers.responses)
        new += reading.tasks[tasksRead...].compactMap(seen).compactMap(desk.resolution)
        handoversRead = reading.handovers.count
        tasksRead = reading.tasks.count
        answers += new
        return new.enumerated().map { index, event in
            var event = event
            let at = max(event.publishedAt, earliest + Span(microseconds: Int64(index) * 1_000))
            (event.publishedAt, event.receivedAt) = (at, at)
            return Emission(at: at, shape: .cloudEvent(event), fate: .accepted, topicOf: event.payload.type)
        }
    }

    private func seen(_ handover: DemoReading.Handover) -> SeenHandover? {
        guard let id = UUID(uuidString: handover.id), let kind = HandoverKind(rawValue: handover.kind),
            let recipient = recipients[handover.topic], let sentAt = DemoCommunity.time(handover.body["sentAt"])
        else { return nil }
        let release = handover.body["release"] as? [String: Any] ?? [:]
        let thn = handover.body["thn"] as? [String: Any] ?? [:]
        return SeenHandover(
            id: id, version: handover.version, kind: kind,
            priority: Priority.allCases.first { $0.text == handover.priority }, recipient: recipient, sentAt: sentAt,
            ackDueAt: DemoCommunity.time(handover.body["ackDueAt"]), releasedAt: DemoCommunity.time(release["at"]),
            kitAtRelease: thn["kitAtRelease"] as? String,
            keyMessages: (handover.body["keyMessages"] as? [String] ?? []).compactMap { Label($0) })
    }

    private func seen(_ task: DemoReading.Task) -> SeenTask? {
        guard !task.isClosed, let id = UUID(uuidString: task.id), let sentAt = DemoCommunity.time(task.body["sentAt"])
        else { return nil }
        return SeenTask(
            id: id, code: task.code, sentAt: sentAt, dueAt: DemoCommunity.time(task.body["dueAt"]) ?? sentAt)
    }

    static func time(_ value: Any?) -> HandoverRules.Instant? {
        guard let text = value as? String, case .success(let instant) = RFC3339.read(text) else { return nil }
        return instant
    }

    /// How often each answer was given, in words.
    var counts: [String: Int] {
        answers.reduce(into: [:]) { counts, event in
            switch event.payload {
            case .handoverAcknowledged(let p):
                counts[
                    "acknowledgements " + (p.rejectReason ?? nil).map { "rejected \($0.rawValue)" }.orAccepted,
                    default: 0] += 1
            case .engagementRecorded(let p): counts["engagements \(p.outcome.rawValue)", default: 0] += 1
            case .taskResolved(let p): counts["tasks \(p.outcome.rawValue)", default: 0] += 1
            default: break
            }
        }
    }
}

extension String? {
    fileprivate var orAccepted: String { self ?? "accepted" }
}
