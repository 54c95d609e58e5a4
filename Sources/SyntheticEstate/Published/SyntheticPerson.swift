public import HandoverRules

/// A person who does not exist: an invented name, a prison number from the range set aside for synthetic people
/// (it starts with Z), a postcode whose last two letters no real postcode has.
public struct SyntheticPerson: Sendable, Hashable {
    /// The prison number that stands in the end.
    public var noms: NomsNumber
    /// Prison numbers that are merged into it, in the order in which they are: the first into ``noms`` itself.
    public var formerNumbers: [NomsNumber] = []
    /// The register's record; nil for the few whom the register does not have, so that `import people` leaves them out.
    public var record: PersonRecord?
    /// Where the person leaves from.
    public var prison: PrisonID
    /// What this person's story shows, sorted.
    public var cases: [EstateCase]
    /// What each recipient should hold at the end, as long as no recipient answers otherwise than by taking it.
    public var expected: ExpectedHandovers

    /// All prison numbers that events about this person are published under.
    public var numbers: [NomsNumber] { [noms] + formerNumbers }
}

/// What a person's story should end in, worked out from the story itself and not by the rules under test.
public struct ExpectedHandovers: Sendable, Hashable {
    public var drugService: ExpectedEnd
    public var supervision: ExpectedEnd
    public var youthJustice = ExpectedEnd.nothing
    public var youngPeopleDrugService = ExpectedEnd.nothing

    /// The end that one kind of recipient should hold.
    public subscript(kind: RecipientKind) -> ExpectedEnd {
        switch kind {
        case .drugService: drugService
        case .supervision: supervision
        case .youthJustice: youthJustice
        case .youngPeopleDrugService: youngPeopleDrugService
        }
    }
}

/// The end of one handover.
public enum ExpectedEnd: Sendable, Hashable {
    /// RELEASED or CORRECTION is the latest version; whether the person left with a kit counted as YES.
    case released(kit: Bool)
    /// PLANNED is the latest version.
    case planned
    /// STOOD_DOWN is the latest version, with this reason.
    case stoodDown(reason: String)
    /// Nothing was ever sent, for one of these reasons (the first that a rule looks at wins).
    case suppressed(anyOf: [String])
    /// Nothing was ever sent to a provider; a task in a person's queue says why.
    case humanQueue
    /// Nothing was ever sent, and nothing need be said about it.
    case nothing
    /// Depends on reference data that the estate does not hold.
    case open
}
