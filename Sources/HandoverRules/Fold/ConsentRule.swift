/// Consent is judged when something is to be sent, against the newest record by occurredAt (domain.md §6).
enum ConsentRule {
    /// Whether `consent` allows sharing at `now`; NOT_ASKED and no record mean no.
    static func allows(_ consent: ConsentRecorded?, occurredAt: Instant, now: Instant, _ rules: Rulebook) -> Bool {
        guard let consent else { return false }
        switch consent.state {
        case .given, .override:
            return expiry(of: consent, occurredAt: occurredAt, rules).map { now < $0 } ?? true
        case .refused, .withdrawn, .notAsked, .lacksCapacity: return false
        }
    }

    /// The first instant at which it no longer allows anything; nil: it does not expire, or allows nothing.
    /// An override lives 72 hours at most, whatever it says.
    static func expiry(of consent: ConsentRecorded, occurredAt: Instant, _ rules: Rulebook) -> Instant? {
        switch consent.state {
        case .given: return consent.expiresOn.map { London.instant($0.adding(days: 1), at: .zero) }
        case .override:
            let latest = occurredAt + rules.overrideMax
            return min(consent.override?.expiresAt ?? latest, latest)
        case .refused, .withdrawn, .notAsked, .lacksCapacity: return nil
        }
    }
}
