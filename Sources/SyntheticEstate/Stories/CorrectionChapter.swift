import HandoverRules

extension Story {
    /// What was recorded wrongly and is put right after the release. (Consents and assessments are put right where
    /// they are told.)
    mutating func corrections() {
        switch situation.correction {
        case .none, .assessmentAmended, .consentVoided: break
        case .releaseAmended:
            guard let at = index(of: .releaseActual), case .releaseActual(var p) = drafts[at].payload else { return }
            p.releasedAt = p.releasedAt + .minutes(15)
            amend(at, with: .releaseActual(p), at: leftAt + .hours(3), asRecord: true)
        case .kitVoided:
            guard let at = index(of: .kitIssued) else { return }
            void(at, at: leftAt + .hours(2), asRecord: true)
        case .kitAmended:
            guard let at = index(of: .kitIssued), case .kitIssued(var p) = drafts[at].payload else { return }
            p.expiry = p.expiry.adding(days: 30)
            amend(at, with: .kitIssued(p), at: leftAt + .hours(2), asRecord: false)
        }
    }

    func index(of type: EventType) -> Int? { drafts.lastIndex { $0.payload.type == type } }

    /// Says that a draft is void: as a record.corrected, or as the same event again that says so.
    mutating func void(_ index: Int, at: Instant, asRecord: Bool) {
        var p = RecordCorrected()
        p.reason = FreeText(unchecked: "Recorded by mistake.")
        let payload = asRecord ? .recordCorrected(p) : drafts[index].payload
        correct(index, payload, occurredAt: at, at: at, .void, asRecord)
    }

    /// Says what a draft should have said.
    mutating func amend(_ index: Int, with payload: Payload, at: Instant, asRecord: Bool) {
        let occurredAt = asRecord ? at : drafts[index].occurredAt
        correct(index, payload, occurredAt: occurredAt, at: at, .amend, asRecord)
    }

    private mutating func correct(
        _ index: Int, _ payload: Payload, occurredAt: Instant, at: Instant, _ kind: CorrectionKind, _ asRecord: Bool
    ) {
        var draft = drafts[index]
        draft.occurredAt = occurredAt
        draft.publishedAt = at + .minutes(2)
        draft.payload = payload
        draft.telling = .cloudEvent
        draft.correction = Draft.Fix(of: index, kind: kind, asRecord: asRecord)
        drafts.append(draft)
    }
}
