import FoundationEssentials
public import HandoverRules

/// Plays the people at the other end: given a handover as its recipient sees it, what comes back on
/// `community.responses`. Pure and seeded: the same version is always answered alike, whoever asks and however often.
///
/// The events name a handover and no person; their subject is the blank prison number.
public struct CommunityWorker: Sendable {
    private let seed: UInt64
    private let mix: AnswerMix

    public init(seed: UInt64, mix: AnswerMix = AnswerMix()) {
        self.seed = seed
        self.mix = mix
    }

    /// Acknowledgement and engagements of one version, in the order in which they occur; none of a stand-down.
    /// Engagements answer the version that told the release.
    public func responses(to handover: SeenHandover) -> [Event] {
        guard handover.kind != .stoodDown else { return [] }
        // How a recipient takes a person is drawn once per handover, how it answers a version once per version.
        var habits = Dice(seed: seed ^ handover.id.seed)
        let isDrugService = handover.recipient.kind == .drugService
        let taking = habits.pick(isDrugService ? mix.drugServiceTaking : mix.otherTaking)
        var dice = Dice(seed: seed ^ handover.id.seed, stream: handover.version)
        var events = acknowledgement(of: handover, taking, &dice).map { [$0] } ?? []
        guard handover.kind == .released, let releasedAt = handover.releasedAt, taking != .outOfArea else {
            return events
        }
        let since = max(releasedAt, handover.sentAt)
        events += isDrugService ? course(handover, since, &dice) : supervised(handover, since, &dice)
        return events.sorted { $0.occurredAt < $1.occurredAt }
    }

    // MARK: Acknowledgements

    /// The first version and whatever is P1 or tells the release asks for an answer; a worker takes other corrections
    /// as read.
    private func acknowledgement(
        of handover: SeenHandover, _ taking: AnswerMix.Taking, _ dice: inout Dice
    ) -> Event? {
        guard handover.version == 1 || handover.priority == .p1 || handover.kind == .released else { return nil }
        var p = HandoverAcknowledged()
        p.handover = handover.id.lowercaseLabel
        p.version = HandoverVersion(unchecked: Int64(handover.version))
        p.worker = StaffReference(unchecked: "WORKER/w-\(dice.below(9))")
        p.decision = .accepted
        var at = office(handover.sentAt + .minutes(Int64(dice.within(10...150))))
        switch taking {
        case .never: return nil
        case .inTime: if let due = handover.ackDueAt { at = min(at, max(handover.sentAt, due - .minutes(5))) }
        case .late:
            if let due = handover.ackDueAt { at = office(max(due, at) + .minutes(Int64(dice.within(30...600)))) }
        case .outOfArea: (p.decision, p.rejectReason) = (.rejected, .outOfArea)
        }
        p.ackAt = at
        return event(.handoverAcknowledged(p), handover, at, &dice)
    }

    // MARK: Engagements

    private func course(_ handover: SeenHandover, _ since: Instant, _ dice: inout Dice) -> [Event] {
        let first = office(since + .hours(Int64(dice.within(4...66))))
        let later = office(first + .days(Int64(dice.within(4...15))))
        switch dice.pick(mix.courses) {
        case .treated: return [met(.treatmentStarted, handover, first, &dice)]
        case .missedThenTreated:
            return [
                engaged(.didNotAttend, handover, first, &dice), met(.treatmentStarted, handover, later, &dice),
            ]
        case .missed: return [engaged(.didNotAttend, handover, first, &dice)]
        case .uncontactable: return [engaged(.uncontactable, handover, first, &dice)]
        case .declined: return [met(.declined, handover, first, &dice)]
        case .moved: return [engaged(.moved, handover, later, &dice)]
        case .died: return [engaged(.died, handover, later, &dice)]
        }
    }

    private func supervised(_ handover: SeenHandover, _ since: Instant, _ dice: inout Dice) -> [Event] {
        let at = office(since + .hours(Int64(dice.within(2...72))))
        guard dice.chance(mix.supervisedShare) else { return [engaged(.didNotAttend, handover, at, &dice)] }
        return [met(.attended, handover, at, &dice)]
    }

    /// Face to face: messages are reinforced, and somebody looks for the kit.
    private func met(
        _ outcome: EngagementOutcome, _ handover: SeenHandover, _ at: Instant, _ dice: inout Dice
    ) -> Event {
        engaged(outcome, handover, at, &dice) { p, dice in
            if dice.chance(mix.reinforcedShare) { p.reinforced = handover.keyMessages.filter { _ in dice.chance(0.8) } }
            let hasKit = handover.kitAtRelease == "YES"
            if handover.recipient.kind != .drugService {
                p.kitSeen = dice.chance(0.5) ? (hasKit ? .yes : .no) : nil
            } else if hasKit {
                p.kitSeen = dice.chance(0.85) ? .yes : dice.pick([.no, .replaced])
            } else {
                p.kitSeen = dice.chance(mix.firstSupplyShare) ? .firstSupply : .no
            }
        }
    }

    private func engaged(
        _ outcome: EngagementOutcome, _ handover: SeenHandover, _ at: Instant, _ dice: inout Dice,
        _ fill: (inout EngagementRecorded, inout Dice) -> Void = { _, _ in }
    ) -> Event {
        var p = EngagementRecorded()
        p.handover = handover.id.lowercaseLabel
        p.outcome = outcome
        p.at = at
        fill(&p, &dice)
        return event(.engagementRecorded(p), handover, at, &dice)
    }

    private func event(_ payload: Payload, _ handover: SeenHandover, _ at: Instant, _ dice: inout Dice) -> Event {
        let published = at + .seconds(Int64(dice.within(20...600)))
        return Event(
            id: dice.uuid(), subject: .blank, occurredAt: at, publishedAt: published, receivedAt: published,
            system: "providers/\(handover.recipient.provider.text)/cases", payload: payload)
    }

    /// That moment, or the next morning at nine where nobody is at work.
    private func office(_ at: Instant) -> Instant {
        let date = London.date(of: at)
        let time = London.timeOfDay(at)
        if date.weekday < 6, time >= .hours(9), time < .hours(17) { return at }
        var next = date.weekday < 6 && time < .hours(9) ? date : date.adding(days: 1)
        while next.weekday > 5 { next = next.adding(days: 1) }
        return London.instant(next, at: .hours(9)) + .minutes(at.milliseconds / 60_000 % 50)
    }
}
