public import FoundationEssentials

/// The record tables of domain.md §11 as a pure function of what the hub keeps of a person: the projector writes what
/// this says, and nothing else does. The same state always gives the same rows.
public enum SpellRecord {
    /// - Parameters:
    ///   - state: what is kept of the person.
    ///   - record: the prisoner's record, nil where there is none.
    ///   - sent: the versions of the person's handovers, from `message`; without them what was sent before the last
    ///     version is not known.
    ///   - elsewhere: what other people's events say of this person's kits.
    public static func of(
        state: PersonState, record: PersonRecord?, registers: Registers, rules: Rulebook, sent: [SentVersion] = [],
        elsewhere: Elsewhere = Elsewhere()
    ) -> PersonRecordRows {
        let fold = SpellFold(
            events: state.events, aliases: state.aliases, registers: registers, known: state.spells, now: state.now,
            rules: rules, elsewhere: elsewhere)
        let reading = RecordReading(
            fold: fold, state: state, record: record, rules: rules,
            threads: ThreadReading(fold: fold, state: state, sent: sent, rules: rules).rows())
        var rows = PersonRecordRows(id: person(state.subject), noms: state.subject)
        rows.spells = fold.spells.indices.map { reading.spell($0) }
        let spells = Set(rows.spells.map(\.id))
        rows.threads = reading.threads
        for i in rows.threads.indices { rows.threads[i].hasNoSpell = !spells.contains(rows.threads[i].spell) }
        guard !state.events.isEmpty else { return rows }
        rows.identifiers = reading.identifiers()
        let threads = Set(reading.threads.map(\.id))
        for i in fold.events.indices { EventRows(reading: reading, threads: threads).add(i, to: &rows) }
        rows.kits = reading.kits()
        (rows.plans, rows.addresses) = reading.plansAndAddresses()
        return rows
    }

    /// The id under which a person stands in the record tables.
    public static func person(_ noms: NomsNumber) -> UUID { NamedUUID.task(nobody, "person", noms.text) }

    private static let nobody = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}

/// What the rows of one person are read from.
struct RecordReading {
    let fold: SpellFold
    let state: PersonState
    let record: PersonRecord?
    let rules: Rulebook
    let threads: [ThreadRow]

    var events: [Event] { fold.events }
    var now: Instant { state.now }

    func time(_ i: Int) -> Instant { EventOrder.time(events[i]) }

    /// The id a spell is known by, or would be given when it is first spoken of.
    func id(_ spell: Spell) -> UUID { spell.known?.id ?? NamedUUID.spell(events[spell.opening].id) }

    /// The spell that an event lies in: the last that had opened, the first for what was parked before it.
    func spell(at i: Int) -> Spell? { fold.spells.last { $0.opening <= i } ?? fold.spells.first }

    func finder(_ spell: Spell, at now: Instant) -> FactFinder {
        FactFinder(fold: fold, spell: spell, record: record, now: now)
    }

    // MARK: Person

    func identifiers() -> [IdentifierRow] {
        var rows = [IdentifierRow(kind: .noms, value: state.subject.text, status: .active)]
        if let crn = record?.crn { rows.append(IdentifierRow(kind: .crn, value: crn, status: .active)) }
        if let pnc = record?.pncID { rows.append(IdentifierRow(kind: .pnc, value: pnc, status: .active)) }
        for i in events.indices {
            guard case .identityMerged(let p) = events[i].payload, let removed = p.removed, removed != state.subject,
                !rows.contains(where: { $0.kind == .noms && $0.value == removed.text })
            else { continue }
            rows.append(
                IdentifierRow(
                    kind: .noms, value: removed.text, status: .merged, mergedInto: state.subject.text,
                    validTo: time(i)))
        }
        return rows
    }

    // MARK: Kits

    /// The newest issue of a label is the one that can be held.
    func kits() -> [KitRow] {
        var rows: [KitRow] = []
        var held = Set(fold.heldKits)
        for spell in fold.spells.reversed() {
            for kit in spell.kits.reversed() {
                let isHeld = held.remove(kit.id) != nil && kit.gone == nil
                if let row = row(kit, spell, isHeld) { rows.append(row) }
            }
        }
        return rows.reversed()
    }

    private func row(_ kit: Kit, _ spell: Spell, _ isHeld: Bool) -> KitRow? {
        guard let issue = events[kit.issue].payload.supply else { return nil }
        let isDisputed = isHeld && fold.kitsHeldByOthers.contains(kit.id)
        let isLeft =
            isHeld && kit.issuePoint == .property && kit.collected == nil
            && spell.release.map { now >= $0.at + rules.kitUnaccountedMax } ?? false
        return KitRow(
            issue: events[kit.issue].id, kit: kit.id, spell: id(spell), product: issue.product, batch: issue.batch,
            expiry: issue.expiry, quantity: Int(issue.quantity.value), issuePoint: kit.issuePoint,
            issuedAt: time(kit.issue), state: state(kit, issue, isHeld), isHeld: isHeld, isDisputed: isDisputed,
            isUnaccounted: isLeft)
    }

    private func state(_ kit: Kit, _ issue: KitIssued, _ isHeld: Bool) -> KitRow.State {
        if let gone = kit.gone {
            switch events[gone].payload {
            case .kitLost: return .lost
            case .kitUsed: return .used
            case .kitReplaced: return .replaced
            default: return .returned
            }
        }
        // Ended in a later spell, or issued again since.
        if !isHeld { return .returned }
        if issue.expiry < London.date(of: now) { return .expired }
        guard kit.issuePoint == .property else { return .held }
        return kit.collected == nil ? .property : .collected
    }
}
