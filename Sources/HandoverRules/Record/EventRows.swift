import FoundationEssentials

/// Rows that are one event each.
struct EventRows {
    let reading: RecordReading
    /// The person's threads; what comes back about any other is not recorded here.
    let threads: Set<UUID>

    func add(_ i: Int, to rows: inout PersonRecordRows) {
        let event = reading.events[i]
        switch event.payload {
        case .custodyReceived, .custodyMovedOut, .custodyEndedOther, .releaseActual:
            if let row = movement(i) { rows.movements.append(row) }
        case .eligibilityAssessed(let p): rows.assessments.append(assessment(i, p))
        case .trainingOffered, .trainingCompleted, .trainingRefused: addTraining(i, to: &rows)
        case .kitIssued(let p): addKit(i, p.kit, nil, to: &rows)
        case .kitCollected(let p): addKit(i, p.kit, nil, to: &rows)
        case .kitConfirmed(let p): addKit(i, p.kit, nil, to: &rows)
        case .kitReturned(let p): addKit(i, p.kit, p.reason.rawValue, to: &rows)
        case .kitLost(let p): addKit(i, p.kit, p.place.rawValue, to: &rows)
        case .kitReplaced(let p): addKit(i, p.old, p.reason.rawValue, to: &rows)
        case .kitUsed(let p): addKit(i, p.kit, p.usedFor?.rawValue, to: &rows)
        case .consentRecorded(let p): rows.consents.append(consent(i, p))
        case .handoverAcknowledged(let p):
            if let row = acknowledgement(i, p) { rows.acknowledgements.append(row) }
        case .engagementRecorded(let p):
            if let row = engagement(i, p) { rows.engagements.append(row) }
        default: break
        }
    }

    private func spell(_ i: Int) -> UUID? { reading.spell(at: i).map { reading.id($0) } }
    private func id(_ i: Int) -> UUID { reading.events[i].id }

    private func movement(_ i: Int) -> MovementRow? {
        guard let spell = spell(i) else { return nil }
        let event = reading.events[i]
        let (reason, from, to): (String, String?, String?) =
            switch event.payload {
            case .custodyReceived(let p): (p.reason.rawValue, p.fromAgency?.text, p.prison.text)
            case .custodyMovedOut(let p): (p.reason.rawValue, p.from.text, p.to?.text)
            case .custodyEndedOther(let p): (p.reason.rawValue, p.prison.text, nil)
            case .releaseActual(let p):
                (p.releaseReason?.rawValue ?? p.hmppsReason?.rawValue ?? "", p.prison.text, nil)
            default: ("", nil, nil)
            }
        return MovementRow(
            event: event.id, spell: spell, kind: event.payload.type, reason: reason, from: from, to: to,
            at: reading.time(i))
    }

    private func assessment(_ i: Int, _ p: EligibilityAssessed) -> AssessmentRow {
        AssessmentRow(
            event: id(i), spell: spell(i), assessment: p.assessment, outcome: p.outcome, criteria: p.criteria,
            notEligibleReason: p.notEligibleReason, overdoseSelf: p.overdoseSelf,
            overdoseWitnessed: p.overdoseWitnessed, onOst: p.onOst, wingRegime: p.wingRegime, at: reading.time(i))
    }

    private func addTraining(_ i: Int, to rows: inout PersonRecordRows) {
        guard let spell = reading.spell(at: i) else { return }
        let own = reading.id(spell), at = reading.time(i)
        switch reading.events[i].payload {
        case .trainingOffered(let p):
            rows.offers.append(
                OfferRow(
                    event: id(i), spell: own, offer: p.offer, method: p.method, scheduledAt: p.scheduledAt, at: at))
        case .trainingCompleted(let p):
            rows.trainings.append(
                TrainingRow(
                    event: id(i), spell: own, training: p.training, elements: p.elements, result: p.result,
                    product: p.product, trainerRole: p.trainerRole, at: at))
        case .trainingRefused(let p):
            let accepted = spell.trainings.contains { $0 > i } || spell.kits.contains { $0.issue > i }
            rows.refusals.append(
                RefusalRow(
                    event: id(i), spell: own, offer: p.offer, stage: p.stage, reasons: p.reasons,
                    reofferAfter: p.reofferAfter, wingRegime: reading.regime(before: i, spell),
                    laterAccepted: accepted, at: at))
        default: break
        }
    }

    private func addKit(_ i: Int, _ kit: Label?, _ reason: String?, to rows: inout PersonRecordRows) {
        rows.kitEvents.append(
            KitEventRow(
                event: id(i), kit: kit, spell: spell(i), type: reading.events[i].payload.type, reason: reason,
                at: reading.time(i)))
    }

    private func consent(_ i: Int, _ p: ConsentRecorded) -> ConsentRow {
        ConsentRow(
            event: id(i), scope: p.scope, state: p.state, method: p.method, expiresOn: p.expiresOn,
            overrideBasis: p.override?.basis, overrideExpiresAt: p.override?.expiresAt, at: reading.time(i))
    }

    private func acknowledgement(_ i: Int, _ p: HandoverAcknowledged) -> AcknowledgementRow? {
        guard let thread = UUID(uuidString: p.handover.text), threads.contains(thread) else { return nil }
        return AcknowledgementRow(
            event: id(i), thread: thread, version: p.version.value, decision: p.decision,
            rejectReason: p.rejectReason, at: p.ackAt)
    }

    private func engagement(_ i: Int, _ p: EngagementRecorded) -> EngagementRow? {
        guard let id = UUID(uuidString: p.handover.text), let thread = reading.threads.first(where: { $0.id == id })
        else { return nil }
        let release = reading.fold.spells.first { reading.id($0) == thread.spell }?.release
        return EngagementRow(
            event: self.id(i), thread: id, outcome: p.outcome, at: p.at, reinforced: p.reinforced,
            kitSeen: p.kitSeen, isBeforeRelease: release.map { p.at < $0.at } ?? false)
    }
}
