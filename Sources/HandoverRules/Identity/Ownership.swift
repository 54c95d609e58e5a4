public import FoundationEssentials

/// Whose each of a group's events is: that of the number it is addressed to, unless its booking was moved. An event
/// without a booking goes with the admission before it, or with the first booking when there is none.
struct Ownership {
    private var owners: [UUID: NomsNumber] = [:]
    private let map: IdentityMap

    /// - Parameter events: all of the group, in the total order, each once.
    init(_ events: [Event], _ map: IdentityMap) {
        self.map = map
        guard map.hasMoves else { return }
        var bookings: [NomsNumber: BookingID?] = [:]
        var waiting: [NomsNumber: [UUID]] = [:]
        for event in events where event.correction == nil && event.belongsToABooking {
            let address = map.canonical(event.subject)
            if event.opensABooking || (bookings[address] == nil && event.booking != nil) {
                bookings.updateValue(event.booking, forKey: address)
                for id in waiting.removeValue(forKey: address) ?? [] {
                    owners[id] = map.owner(address, event.booking)
                }
            }
            if let booking = event.booking ?? bookings[address] ?? nil {
                owners[event.id] = map.owner(address, booking)
            } else if bookings[address] == nil {
                waiting[address, default: []].append(event.id)
            }
        }
        followCorrections(events)
    }

    /// One whose booking was not moved belongs to whoever it is addressed to.
    func owner(of event: Event) -> NomsNumber { owners[event.id] ?? map.canonical(event.subject) }

    /// A correction goes with what it corrects; one of a correction too.
    private mutating func followCorrections(_ events: [Event]) {
        let corrections = events.compactMap { event in event.correction.map { (id: event.id, of: $0.of) } }
        guard !corrections.isEmpty else { return }
        let targets = Dictionary(corrections.map { ($0.id, $0.of) }) { first, _ in first }
        for correction in corrections {
            var target = correction.of
            var patience = corrections.count
            while let next = targets[target], patience > 0 {
                target = next
                patience -= 1
            }
            if let owner = owners[target] { owners[correction.id] = owner }
        }
    }
}

extension Event {
    /// What was recorded of somebody in custody lies in a booking; what comes back from others, and what says who is
    /// whom, does not.
    fileprivate var belongsToABooking: Bool {
        switch payload {
        case .identityMerged, .bookingMoved, .handoverAcknowledged, .engagementRecorded, .taskResolved,
            .referenceChanged, .timerFired:
            false
        default: true
        }
    }

    fileprivate var opensABooking: Bool {
        if case .custodyReceived(let received) = payload { received.reason == .admission } else { false }
    }
}

extension NamedUUID {
    /// The id of a spell that this event opens in the set of `subject`. Where the opening came with a moved booking it
    /// is another one than it was for the person named wrongly, so that the threads are new.
    static func spell(_ opening: Event, in events: [Event], of subject: NomsNumber) -> UUID {
        guard opening.subject != subject, IdentityMap(events).canonical(opening.subject) != subject else {
            return spell(opening.id)
        }
        return spell(opening.id, of: subject)
    }
}

extension PersonState {
    /// Something was said of a spell that deciding again does not speak of: it keeps its id all the same.
    public mutating func know(spell: UUID) {
        guard !spells.contains(where: { $0.id == spell }) else { return }
        let opening = events.first {
            NamedUUID.spell($0.id) == spell || NamedUUID.spell($0, in: events, of: subject) == spell
        }
        if let opening { spells.append(KnownSpell(id: spell, anchor: opening.id)) }
    }
}
