import FoundationEssentials
import HandoverRules

// Short ways to say what recipients, the hub's people and other prisons said.

extension Payload {
    static func acked(
        _ handover: UUID?, _ version: Int64, _ decision: AckDecision = .accepted, _ reason: RejectReason? = nil
    ) -> Payload {
        var p = HandoverAcknowledged()
        p.handover = .of(handover)
        p.version = HandoverVersion(unchecked: version)
        p.decision = decision
        p.rejectReason = reason
        return .handoverAcknowledged(p)
    }

    static func engaged(_ handover: UUID?, _ outcome: EngagementOutcome, _ at: String) -> Payload {
        var p = EngagementRecorded()
        p.handover = .of(handover)
        p.outcome = outcome
        p.at = time(at)
        return .engagementRecorded(p)
    }

    static func assigned(_ scope: ConsentScope, _ provider: Label) -> Payload {
        var p = RoutingAssigned()
        p.scope = scope
        p.provider = provider
        p.approver = StaffReference(unchecked: "OPS/1")
        return .routingAssigned(p)
    }

    static func resolved(_ task: UUID?, _ outcome: TaskOutcome = .done) -> Payload {
        var p = TaskResolved()
        p.task = .of(task)
        p.outcome = outcome
        p.by = StaffReference(unchecked: "OPS/1")
        return .taskResolved(p)
    }

    static func transferred(_ from: String, to: String) -> Payload {
        var p = CustodyMovedOut()
        p.from = PrisonID(unchecked: from)
        p.reason = .transferred
        p.to = PrisonID(unchecked: to)
        return .custodyMovedOut(p)
    }

    static func ended(_ reason: EndingReason, _ prison: String = "MDI") -> Payload {
        var p = CustodyEndedOther()
        p.reason = reason
        p.prison = PrisonID(unchecked: prison)
        return .custodyEndedOther(p)
    }

    static func trained(_ elements: Set<TrainingElement> = TrainingElement.complete, id: String = "tr-1") -> Payload {
        var p = TrainingCompleted()
        p.training = Label(unchecked: id)
        p.elements = elements.sorted()
        p.result = TrainingElement.complete.isSubset(of: elements) ? .complete : .partial
        return .trainingCompleted(p)
    }

    static func refusedTraining(_ reasons: RefusalReason..., offer: String = "o-1") -> Payload {
        var p = TrainingRefused()
        p.offer = Label(unchecked: offer)
        p.stage = .both
        p.reasons = reasons
        return .trainingRefused(p)
    }
}

extension Label {
    static func of(_ id: UUID?) -> Label { Label(unchecked: id?.uuidString.lowercased() ?? "none") }
}
