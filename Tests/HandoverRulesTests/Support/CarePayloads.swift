import HandoverRules

// Short ways to say what happened: movements, training, kits after their issue, answers.

extension Payload {
    static func movedOut(
        _ reason: MoveOutReason, from: String = "MDI", to: String? = nil
    ) -> Payload {
        var p = CustodyMovedOut()
        p.from = PrisonID(unchecked: from)
        p.reason = reason
        p.to = to.map { PrisonID(unchecked: $0) }
        return .custodyMovedOut(p)
    }

    static func offered(id: String = "o-11") -> Payload {
        var p = TrainingOffered()
        p.offer = Label(unchecked: id)
        p.method = .group
        return .trainingOffered(p)
    }

    /// A session that says itself what it was.
    static func session(_ elements: [TrainingElement], id: String = "tr-12", _ result: TrainingResult) -> Payload {
        var p = TrainingCompleted()
        p.training = Label(unchecked: id)
        p.elements = elements
        p.result = result
        p.product = .nyxoid
        return .trainingCompleted(p)
    }

    static func refused(
        _ reasons: [RefusalReason], _ stage: RefusalStage = .both, offer: String? = "o-11"
    ) -> Payload {
        var p = TrainingRefused()
        p.offer = offer.map { Label(unchecked: $0) }
        p.stage = stage
        p.reasons = reasons
        return .trainingRefused(p)
    }

    static func confirmed(_ prison: String, id: String = "MDI-26-000123") -> Payload {
        var p = KitConfirmed()
        p.kit = Label(unchecked: id)
        p.prison = PrisonID(unchecked: prison)
        return .kitConfirmed(p)
    }

    static func replaced(
        _ old: String = "MDI-26-000123", by id: String, _ point: IssuePoint = .community,
        _ change: (inout KitIssued) -> Void = { _ in }
    ) -> Payload {
        guard case .kitIssued(let new) = Payload.kit(point, id: id, change) else { fatalError("a kit was issued") }
        var p = KitReplaced()
        p.old = Label(unchecked: old)
        p.new = new
        p.reason = .lost
        return .kitReplaced(p)
    }

    static func used(id: String? = "MDI-26-000123", on day: String) -> Payload {
        var p = KitUsed()
        p.kit = id.map { Label(unchecked: $0) }
        p.usedOn = date(day)
        p.usedFor = .other
        return .kitUsed(p)
    }

    static func engaged(
        _ outcome: EngagementOutcome, at: String, handover: String = "00000000-0000-4000-8000-000000000000",
        seen: KitSeen? = nil
    ) -> Payload {
        var p = EngagementRecorded()
        p.handover = Label(unchecked: handover)
        p.outcome = outcome
        p.at = time(at)
        p.kitSeen = seen
        return .engagementRecorded(p)
    }

    static func merged(_ surviving: String, _ removed: String) -> Payload {
        var p = IdentityMerged()
        p.surviving = NomsNumber(unchecked: surviving)
        p.removed = NomsNumber(unchecked: removed)
        return .identityMerged(p)
    }
}

extension Story {
    /// An event that voids another.
    mutating func voiding(_ target: Event, _ occurred: String, received: String? = nil) -> Event {
        var event = event(.recordCorrected(RecordCorrected()), occurred: occurred, received: received)
        event.correction = Correction(of: target.id, kind: .void, keepsTime: true)
        return event
    }

    /// An event that takes the place of another, at the time of the other unless it has its own.
    mutating func amending(
        _ target: Event, _ payload: Payload, _ occurred: String, received: String? = nil, keepsTime: Bool = true
    ) -> Event {
        var event = event(payload, occurred: occurred, received: received)
        event.correction = Correction(of: target.id, kind: .amend, keepsTime: keepsTime)
        return event
    }

    /// Tells of an event and gives it back, to be corrected later.
    mutating func told(_ payload: Payload, _ occurred: String, received: String? = nil) -> Event {
        let event = event(payload, occurred: occurred, received: received)
        receive([event])
        return event
    }
}
