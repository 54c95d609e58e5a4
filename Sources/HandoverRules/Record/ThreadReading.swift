import FoundationEssentials

/// The threads of one person as rows: the last version from the state, what went before from the ledger's messages,
/// answers from the events.
struct ThreadReading {
    let fold: SpellFold
    let state: PersonState
    let sent: [SentVersion]
    let rules: Rulebook
    private let responses: Responses

    init(fold: SpellFold, state: PersonState, sent: [SentVersion], rules: Rulebook) {
        self.fold = fold
        self.state = state
        self.sent = sent
        self.rules = rules
        responses = Responses(fold)
    }

    func rows() -> [ThreadRow] {
        guard !state.threads.isEmpty else { return [] }
        let versions = Dictionary(grouping: sent.filter { !$0.isHeld }, by: \.thread)
        return state.threads.map { row($0, (versions[$0.id] ?? last($0)).sorted { $0.version < $1.version }) }
    }

    /// Without the ledger's messages only the last version is known.
    private func last(_ thread: HandoverThread) -> [SentVersion] {
        [
            SentVersion(
                thread: thread.id, version: thread.version, kind: thread.kind, priority: thread.priority,
                sentAt: thread.sentAt, ackDueAt: thread.ackDueAt)
        ]
    }

    private func row(_ thread: HandoverThread, _ versions: [SentVersion]) -> ThreadRow {
        let acks = acknowledgements(of: thread.id), said = engagements(of: thread.id)
        let release = release(of: thread.spell)
        let standing = ThreadStanding.of(thread, release: release?.at, responses, now: state.now, rules)
        let released = versions.first { version in
            version.kind == .released
                || (version.kind == .correction && release.map { version.sentAt >= $0.receivedAt } ?? false)
        }
        let accepted = acks.first { $0.decision == .accepted && Int($0.version.value) >= thread.ackFrom }
        let engaged = said.first { said in said.outcome.isTreatment && release.map { $0.at <= said.at } ?? true }
        var row = ThreadRow(
            id: thread.id, spell: thread.spell, recipient: thread.recipient, state: standing.state,
            version: thread.version,
            kind: thread.kind, priority: thread.priority, sentAt: thread.sentAt, ackDueAt: thread.ackDueAt,
            contactDueAt: thread.contactDueAt, plannedSentAt: versions.first { $0.kind == .planned }?.sentAt,
            releasedSentAt: released?.sentAt, releasedAckBy: released.map { measuredAckBy($0.sentAt) },
            stoodDownAt: thread.kind == .stoodDown ? thread.sentAt : nil, ackedAt: accepted?.ackAt,
            rejectReason: acks.last.flatMap { $0.decision == .rejected ? $0.rejectReason : nil },
            urgent: urgent(versions, acks), engagedAt: engaged?.at,
            suppliedAt: said.first { $0.kitSeen == .firstSupply || $0.kitSeen == .replaced }?.at,
            reinforcedEarly: reinforced(said, release), closedAt: nil)
        row.closedAt = row.stoodDownAt ?? release.map { closes($0) }
        return row
    }

    private func closes(_ release: Spell.Release) -> Instant {
        London.instant(London.date(of: release.at).adding(days: rules.threadClosesDays), at: .zero)
    }

    private func release(of spell: UUID) -> Spell.Release? {
        fold.spells.first { ($0.known?.id ?? NamedUUID.spell(fold.events[$0.opening].id)) == spell }?.release
    }

    /// The first P1 version after the release and when it ceased to be one.
    private func urgent(_ versions: [SentVersion], _ acks: [HandoverAcknowledged]) -> ThreadRow.Urgent? {
        guard let first = versions.firstIndex(where: { $0.priority == .p1 && $0.kind != .planned }) else { return nil }
        let version = versions[first]
        return ThreadRow.Urgent(
            sentAt: version.sentAt, ackDueAt: version.ackDueAt,
            ackedAt: acks.first { Int($0.version.value) >= version.version && $0.decision == .accepted }?.ackAt,
            endedAt: versions[first...].first { $0.priority != .p1 }?.sentAt)
    }

    private func measuredAckBy(_ sentAt: Instant) -> Instant {
        // England's calendar where the recipient's nation is not known.
        let calendar = fold.registers.calendar(nil, rules)
        let day = London.date(of: calendar.clockStart(sentAt))
        return London.instant(
            calendar.workingDay(Rulebook.measuredAckWorkingDays, from: day), at: calendar.workEnds)
    }

    private func reinforced(_ said: [EngagementRecorded], _ release: Spell.Release?) -> Int {
        guard let release else { return 0 }
        let from = London.date(of: release.at)
        let early = said.filter { (0...rules.redDays).contains(London.date(of: $0.at).days(since: from)) }
        return Set(early.flatMap(\.reinforced)).count
    }

    private func acknowledgements(of thread: UUID) -> [HandoverAcknowledged] {
        fold.events.compactMap { event in
            guard case .handoverAcknowledged(let p) = event.payload, UUID(uuidString: p.handover.text) == thread
            else { return nil }
            return p
        }
    }

    private func engagements(of thread: UUID) -> [EngagementRecorded] {
        fold.events.compactMap { event in
            guard case .engagementRecorded(let p) = event.payload, UUID(uuidString: p.handover.text) == thread
            else { return nil }
            return p
        }
    }
}
