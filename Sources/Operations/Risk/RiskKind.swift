/// Why somebody is at risk: what the hub was to bring about for a person, and did not yet. The first thing operators
/// see; offsets come after it.
public enum RiskKind: String, Sendable, Hashable, CaseIterable {
    /// Released, and a recipient that should know was told nothing (after the hold of a release, domain.md §12).
    case noHandover = "NO_HANDOVER"
    /// A P1 handover that nobody accepted; aged against its own clock (domain.md §8).
    case urgentUnacknowledged = "URGENT_UNACKNOWLEDGED"
    /// Nobody covers the area that the person goes, or went, to.
    case noProvider = "NO_PROVIDER"
    /// Released without a kit, or with one that nobody confirmed, and nobody has seen or supplied one since.
    case kitUnconfirmed = "KIT_UNCONFIRMED"
    /// A record that was not taken and belongs to somebody whom the hub knows: what it said is not in any handover.
    case rejectedEvent = "REJECTED_EVENT"

    /// A heading.
    public var title: String {
        switch self {
        case .noHandover: "Released, and nobody told yet"
        case .urgentUnacknowledged: "P1 handover not acknowledged"
        case .noProvider: "No provider covers the area"
        case .kitUnconfirmed: "No kit, or none confirmed"
        case .rejectedEvent: "Event about a known person not taken"
        }
    }

    /// What to do about it.
    public var remedy: String {
        switch self {
        case .noHandover:
            "Name a provider for the spell under Tasks (or `throughgate tasks assign`); HELD: create the recipient's "
                + "topic with `throughgate topics apply`. Until then, phone the local drug service."
        case .urgentUnacknowledged:
            "Phone the recipient; past its clock, their manager. It ends when they accept the handover."
        case .noProvider:
            "Assign a neighbouring provider under Tasks, and add the missing coverage with "
                + "`throughgate import coverage`."
        case .kitUnconfirmed:
            "Ask the recipient to supply a kit and to report it (kitSeen); ask the prison whether a property kit was "
                + "collected."
        case .rejectedEvent:
            "Look at its reason under Rejected; have the sender correct it, or redrive it once the cause is gone. "
                + "Until then, tell the recipient by phone what the event would have told."
        }
    }
}
