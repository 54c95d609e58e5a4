import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

/// Loads the people whom a batch's new events concern and decides for them. Whoever turns out to be concerned too (kept
/// under another number, tied by a moved booking, holding the same kit) is locked and loaded as well, without waiting;
/// what cannot be had at once is asked for from the start when the batch begins again.
struct Gathering {
    let ledger: any LedgerCalls
    let arrivals: [Event]
    private let inserted: Set<UUID>
    private let reference: ReferenceData
    private let topics: Topics
    private(set) var rows: PeopleRows
    private(set) var people = People()

    init(
        _ ledger: any LedgerCalls, _ opening: Ledger.Opening, _ sorted: SortedBatch, _ reference: ReferenceData,
        _ topics: Topics
    ) throws {
        self.ledger = ledger
        self.reference = reference
        self.topics = topics
        inserted = opening.inserted
        arrivals = sorted.firsts.compactMap {
            opening.inserted.contains($0.decoded.event.id) && $0.resolves == nil ? $0.decoded.event : nil
        }
        rows = opening.people
        try take(opening.people)
    }

    /// - Throws: ``NotGathered`` with what must be locked from the start.
    mutating func decide() throws -> PeopleStep {
        for _ in 0..<HubLimits.wideningsMax {
            let lacking = people.lacking(arrivals)
            if !lacking.isEmpty {
                try widen(lacking.map(\.text).sorted(), kits: [])
                continue
            }
            let world = People.World(records: rows.records, registers: reference.registers, rules: reference.rules)
            let step = people.decide(arrivals, world)
            guard !step.unlooked.isEmpty else { return step }
            try widen([], kits: step.unlooked.map(\.text).sorted())
            if step.unlooked.allSatisfy({ people.claims.holders(of: $0).isEmpty }) { return step }
        }
        throw HubFailure(.internalError, "record: people of one batch are tied together beyond every measure")
    }

    private mutating func widen(_ numbers: [String], kits: [String]) throws {
        do {
            let more = try ledger.widen(numbers, kits: kits)
            rows.merge(more)
            try take(more)
        } catch LedgerConflict.personBusy {
            throw NotGathered(numbers: rows.asked + numbers, kits: rows.kits + kits)
        }
    }

    private mutating func take(_ more: PeopleRows) throws {
        for number in more.asked { people.lookedUp.insert(NomsNumber(unchecked: number)) }
        for kit in more.kits { people.claims.lookedUp.insert(Label(unchecked: kit)) }
        for (number, kept) in more.keptUnder {
            people.keptUnder[NomsNumber(unchecked: number)] = NomsNumber(unchecked: kept)
        }
        for claim in more.claims { people.claims.add(claim) }
        var unreadable: [String] = []
        for (number, snapshot) in more.snapshots {
            if let state = PersonSnapshot.decode(snapshot) {
                people.states[NomsNumber(unchecked: number)] = state
            } else {
                unreadable.append(number)
            }
        }
        if !unreadable.isEmpty { try rebuild(unreadable.sorted()) }
    }

    /// Snapshots of another version of the program, or broken ones, are no empty ones: deciding without what was said
    /// before would say it again.
    private mutating func rebuild(_ numbers: [String]) throws {
        let result = try ledger.rebuild(numbers, except: inserted.sorted(), reference, topics)
        for number in numbers.map(NomsNumber.init(unchecked:)) {
            // The row says that this number is kept; only a log without its events says otherwise.
            guard let state = result.people.states[number] else {
                throw HubFailure(
                    .settings,
                    "person_state: a snapshot cannot be read and the events it was made of are not in the ledger;"
                        + " restore the ledger")
            }
            people.states[number] = state
        }
    }
}

/// A batch must begin again with these locked from the start: locks are taken in one order.
struct NotGathered: Error {
    var numbers: [String]
    var kits: [String]
}
