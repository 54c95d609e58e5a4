/// A group of facts that recipients may or may not know.
public struct DisclosedFacts: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Name, date of birth, prison number.
    public static let identity = DisclosedFacts(rawValue: 1 << 0)
    public static let crn = DisclosedFacts(rawValue: 1 << 1)
    public static let pnc = DisclosedFacts(rawValue: 1 << 2)
    public static let nhsNumber = DisclosedFacts(rawValue: 1 << 3)
    /// OST, detoxification, overdose history and what rests on them.
    public static let health = DisclosedFacts(rawValue: 1 << 4)
    public static let kitStatus = DisclosedFacts(rawValue: 1 << 5)
    public static let kitProductAndCount = DisclosedFacts(rawValue: 1 << 6)
    /// Kit id, batch, expiry.
    public static let kitIdentity = DisclosedFacts(rawValue: 1 << 7)
    /// Whether training is done.
    public static let trainingDone = DisclosedFacts(rawValue: 1 << 8)
    public static let trainingElements = DisclosedFacts(rawValue: 1 << 9)
    /// Why something was refused, and key messages that would tell.
    public static let refusal = DisclosedFacts(rawValue: 1 << 10)
    /// Address, NFA flag.
    public static let address = DisclosedFacts(rawValue: 1 << 11)
    /// Release instant and prison.
    public static let release = DisclosedFacts(rawValue: 1 << 12)
    /// Planned or unplanned.
    public static let releaseClass = DisclosedFacts(rawValue: 1 << 13)
    /// Release reason.
    public static let releaseReason = DisclosedFacts(rawValue: 1 << 14)
    /// Supervision type and office.
    public static let supervision = DisclosedFacts(rawValue: 1 << 15)
}

/// Who reads what the hub sends: the columns of domain.md §6.
public enum Reader: Sendable, Hashable, CaseIterable {
    case drugService, supervision, youthJustice, youngPeopleDrugService
    /// The naloxone lead and the health unit of the prison that somebody is transferred to.
    case receivingPrison
    /// Counts only: nothing of a person.
    case commissioner
}

/// Who may know what: the matrix of domain.md §6, in this one place. Offence, risk of harm and MAPPA have no fact
/// here because they never go through the hub. `Tests/HandoverRulesTests` repeats the matrix by hand.
public enum Disclosure {
    public static func allowed(_ reader: Reader) -> DisclosedFacts {
        switch reader {
        case .drugService:
            [
                .identity, .nhsNumber, .health, .kitStatus, .kitProductAndCount, .kitIdentity, .trainingDone,
                .trainingElements, .refusal, .address, .release, .releaseClass,
            ]
        case .supervision:
            [
                .identity, .crn, .pnc, .kitStatus, .trainingDone, .address, .release, .releaseClass, .releaseReason,
                .supervision,
            ]
        case .youthJustice:
            [
                .identity, .kitStatus, .kitProductAndCount, .trainingDone, .trainingElements, .address, .release,
                .releaseClass, .releaseReason,
            ]
        case .youngPeopleDrugService:
            [
                .identity, .nhsNumber, .health, .kitStatus, .kitProductAndCount, .kitIdentity, .trainingDone,
                .trainingElements, .refusal, .address, .release, .releaseClass, .releaseReason,
            ]
        case .receivingPrison:
            [
                .identity, .crn, .pnc, .nhsNumber, .health, .kitStatus, .kitProductAndCount, .kitIdentity,
                .trainingDone, .trainingElements, .refusal, .release, .releaseClass, .releaseReason,
            ]
        case .commissioner: []
        }
    }

    /// What a handover's recipient may know.
    public static func allowed(_ recipient: RecipientKind) -> DisclosedFacts { allowed(reader(recipient)) }

    private static func reader(_ recipient: RecipientKind) -> Reader {
        switch recipient {
        case .drugService: .drugService
        case .supervision: .supervision
        case .youthJustice: .youthJustice
        case .youngPeopleDrugService: .youngPeopleDrugService
        }
    }

    /// The consent that a recipient's handovers rest on (domain.md §6).
    public static func scope(of recipient: RecipientKind) -> ConsentScope {
        switch recipient {
        case .drugService: .drugService
        case .supervision: .supervision
        case .youthJustice, .youngPeopleDrugService: .childService
        }
    }
}
