import FoundationEssentials
import HandoverRules

/// Invariants of domain.md §14 that one person's decisions can break.
enum Invariant: String, CaseIterable, Comparable {
    case i1 = "I1", i2 = "I2", i3 = "I3", i4 = "I4", i5 = "I5", i6 = "I6", i7 = "I7", i8 = "I8"
    static func < (a: Invariant, b: Invariant) -> Bool { a.rawValue < b.rawValue }
}

/// One invariant broken, in words.
struct Breach: Hashable {
    var invariant: Invariant
    var words: String
}

/// Looks at every decision about one person, with a mind of its own: what counts of the events is worked out here and
/// not by the code under test.
struct InvariantWatch {
    private(set) var breaches: [Breach] = []
    private var versions: [UUID: Int] = [:]
    private let catalogue: KeyMessageCatalogue

    init(_ rules: Rulebook) { catalogue = rules.catalogue }

    private mutating func expect(_ holds: Bool, _ invariant: Invariant, _ words: @autoclosure () -> String) {
        if !holds { breaches.append(Breach(invariant: invariant, words: words())) }
    }

    mutating func see(_ decision: Decision, _ arrivals: [Event]) {
        dispositions(decision, arrivals)
        let facts = Effective(decision.state.events)
        for out in decision.outbound {
            guard case .handover(let recipient) = out.destination else { continue }
            chain(out)
            guard out.kind != .stoodDown else { continue }
            consent(out, recipient, facts)
            expect(out.priority != .p1 || facts.isEligible, .i8, "P1 for somebody who is not eligible: \(out.headline)")
            audience(out, recipient)
        }
        threads(decision.state)
    }

    /// What must hold when nothing more will happen.
    mutating func settle(_ state: PersonState) {
        for outcome in state.outcomes where outcome.released {
            expect(outcome.state != .queued, .i7, "released, and still waiting: \(outcome.reason)")
            expect(
                outcome.state != .suppressed || !outcome.reason.isEmpty, .i7, "suppressed without a reason")
        }
        guard Effective(state.events).isReleased else { return }
        expect(!state.outcomes.isEmpty, .i7, "a release of which nothing is said")
    }

    /// I6: one disposition per arrival, and a reason wherever it is not plainly applied.
    private mutating func dispositions(_ decision: Decision, _ arrivals: [Event]) {
        expect(
            decision.dispositions.map(\.event).sorted() == arrivals.map(\.id).sorted(), .i6,
            "\(arrivals.count) arrivals, \(decision.dispositions.count) dispositions")
        for disposition in decision.dispositions where disposition.state != .applied {
            expect(!disposition.reason.isEmpty, .i6, "\(disposition.state.rawValue) without a reason")
        }
    }

    /// I4: versions rise by one, each naming the one before it.
    private mutating func chain(_ out: OutboundDecision) {
        let last = versions[out.id] ?? 0
        versions[out.id] = out.version
        let supersedes: BodyValue? = last == 0 ? nil : .int(last)
        expect(out.version == last + 1, .i4, "v\(out.version) after v\(last)")
        expect(out["supersedes"] == supersedes, .i4, "v\(out.version) does not name v\(last)")
    }

    /// I3: of one spell each recipient, and each kind of recipient, has one live thread.
    private mutating func threads(_ state: PersonState) {
        var live: Set<String> = []
        for thread in state.threads where thread.kind != .stoodDown {
            let isNew = live.insert("\(thread.spell)/\(thread.recipient.kind.rawValue)").inserted
            expect(isNew, .i3, "two live \(thread.recipient.kind.rawValue) threads")
        }
    }

    /// I2: the newest consent allowed it when it was sent.
    private mutating func consent(_ out: OutboundDecision, _ recipient: Recipient, _ facts: Effective) {
        let scope = Disclosure.scope(of: recipient.kind)
        expect(
            facts.allows(scope, at: out.sentAt), .i2,
            "\(out.headline) to \(recipient.kind.rawValue) without \(scope.rawValue)")
    }

    /// I5: no message outside its audience; to supervisors none that a refusal alone calls for.
    private mutating func audience(_ out: OutboundDecision, _ recipient: Recipient) {
        let isHealth = recipient.kind == .drugService || recipient.kind == .youngPeopleDrugService
        let wanted: Audience = isHealth ? .drugService : .supervision
        let kitHeld = out.text("thn.kitAtRelease") == "YES" || out["thn.kitReady"] == .bool(true)
        for id in out.texts("keyMessages") {
            guard let message = catalogue.messages.first(where: { $0.id == id }) else {
                expect(false, .i5, "\(id) is not in the catalogue")
                continue
            }
            expect(message.audience.contains(wanted), .i5, "\(id) to \(recipient.kind.rawValue)")
            guard !isHealth, !message.triggers.isDisjoint(with: .refusals) else { continue }
            // KM-01 is called for by a kit too; then it gives nothing away.
            expect(message.triggers.contains(.kitHeld) && kitHeld, .i5, "\(id) tells of a refusal")
        }
        expect(isHealth || out["thn.refusal"] == nil, .i5, "a refusal to \(recipient.kind.rawValue)")
    }
}

/// What counts of a person's events: corrections applied, in the order in which things occurred.
struct Effective {
    private var events: [Event] = []

    init(_ kept: [Event]) {
        var byID: [UUID: Event] = [:]
        for event in kept where event.correction == nil { byID[event.id] = event }
        let corrections = kept.filter { $0.correction != nil }.sorted {
            ($0.occurredAt, $0.receivedAt) < ($1.occurredAt, $1.receivedAt)
        }
        for event in corrections {
            guard let correction = event.correction, let target = byID[correction.of] else { continue }
            if correction.kind == .void {
                byID[correction.of] = nil
            } else {
                var amended = target
                amended.payload = event.payload
                if !correction.keepsTime { amended.occurredAt = event.occurredAt }
                byID[correction.of] = amended
            }
        }
        events = byID.values.sorted { ($0.occurredAt, $0.id) < ($1.occurredAt, $1.id) }
    }

    /// The newest consent allows telling recipients of this scope at that moment (domain.md §6).
    func allows(_ scope: ConsentScope, at moment: Instant) -> Bool {
        var newest: (Instant, ConsentRecorded)?
        for event in events {
            if case .consentRecorded(let p) = event.payload, p.scope == scope { newest = (event.occurredAt, p) }
        }
        guard let (occurredAt, consent) = newest else { return false }
        if let last = consent.expiresOn, London.date(of: moment) > last { return false }
        switch consent.state {
        case .given: return true
        case .override:
            guard let expiry = consent.override?.expiresAt else { return false }
            return moment < min(expiry, occurredAt + .hours(72))
        default: return false
        }
    }

    /// The newest assessment says so, or a kit or a training implies it where nobody assessed.
    var isEligible: Bool {
        var assessed: EligibilityOutcome?
        var implied = false
        for event in events {
            switch event.payload {
            case .eligibilityAssessed(let p): if p.outcome != .unable { assessed = p.outcome }
            case .kitIssued, .kitReplaced, .trainingCompleted: implied = true
            default: break
            }
        }
        return assessed.map { $0 == .eligible } ?? implied
    }

    /// The last that is known of the person is a release into the community, nothing followed, and all of it is recent.
    var isReleased: Bool {
        let custody = events.filter {
            [.custodyReceived, .releaseActual, .custodyEndedOther].contains($0.payload.type)
        }
        guard case .releaseActual(let p) = custody.last?.payload, p.hmppsReason == nil || p.hmppsReason == .released
        else { return false }
        return p.releaseReason.map { ![.died, .secureHospital, .removalOrIRC, .abscond].contains($0) } ?? true
    }
}
