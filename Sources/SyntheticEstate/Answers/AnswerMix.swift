import HandoverRules

/// How recipients answer. All of it is assumption but for the share that starts treatment: 53 % of 2023-24 engaged
/// within three weeks (continuity of care, secure settings report 2023-24).
public struct AnswerMix: Sendable, Hashable {
    public enum Taking: Sendable, Hashable { case inTime, late, outOfArea, never }
    public enum Course: Sendable, Hashable {
        case treated, missedThenTreated, missed, uncontactable, declined, moved, died
    }
    /// How a drug service takes a handover …
    public var drugServiceTaking: [Weighted<Taking>] = [
        Weighted(.inTime, 0.8), Weighted(.late, 0.1), Weighted(.outOfArea, 0.02), Weighted(.never, 0.08),
    ]
    /// … and a supervising body or youth service, which is not asked about its area.
    public var otherTaking: [Weighted<Taking>] = [
        Weighted(.inTime, 0.82), Weighted(.late, 0.1), Weighted(.never, 0.08),
    ]
    /// What becomes of the person at the drug service.
    public var courses: [Weighted<Course>] = [
        Weighted(.treated, 0.43), Weighted(.missedThenTreated, 0.1), Weighted(.missed, 0.2),
        Weighted(.uncontactable, 0.15), Weighted(.declined, 0.08), Weighted(.moved, 0.035), Weighted(.died, 0.005),
    ]
    /// First appointments with a supervisor that are kept.
    public var supervisedShare = 0.85
    /// Contacts in which key messages are reinforced.
    public var reinforcedShare = 0.6
    /// People without a kit who are given their first one at the first contact.
    public var firstSupplyShare = 0.6
    public init() {}
}
