import FoundationEssentials

/// Producers re-send with a new event id. Two events with one natural key, type, occurredAt and the fields marked *
/// in domain.md §7.2, are one event (§12).
enum NaturalKey {
    static func same(_ a: Event, _ b: Event) -> Bool {
        guard a.occurredAt == b.occurredAt else { return false }
        switch (a.payload, b.payload) {
        case (.custodyReceived(let x), .custodyReceived(let y)): return x.prison == y.prison && x.reason == y.reason
        case (.eligibilityAssessed(let x), .eligibilityAssessed(let y)): return x.assessment == y.assessment
        case (.consentRecorded(let x), .consentRecorded(let y)): return x.scope == y.scope && x.state == y.state
        case (.kitIssued(let x), .kitIssued(let y)): return x.kit == y.kit
        case (.kitCollected(let x), .kitCollected(let y)): return x.kit == y.kit
        case (.kitReturned(let x), .kitReturned(let y)): return x.kit == y.kit
        case (.kitLost(let x), .kitLost(let y)): return x.kit == y.kit
        case (.releasePlanned(let x), .releasePlanned(let y)): return x.plan == y.plan && x.version == y.version
        case (.releaseChanged(let x), .releaseChanged(let y)): return x.plan == y.plan && x.version == y.version
        case (.releaseCancelled(let x), .releaseCancelled(let y)): return x.plan == y.plan && x.version == y.version
        case (.releaseActual(let x), .releaseActual(let y)):
            return x.releasedAt == y.releasedAt && x.prison == y.prison
        default: return false
        }
    }

    /// Of two events with one natural key the one whose content counts: published later, tie by event id.
    static func wins(_ a: Event, over b: Event) -> Bool {
        a.publishedAt != b.publishedAt ? a.publishedAt > b.publishedAt : a.id > b.id
    }
}
