/// The reference registers as one immutable value: what is in force is asked with a date, never with "now".
/// Filled from the tables that `throughgate import` maintains (contract.md §9).
public struct Registers: Sendable {
    public var prisons: [PrisonID: Prison] = [:]
    public var providers: [ProviderID: Provider] = [:]
    /// Coverage rows by authority.
    public var coverage: [AuthorityID: [Coverage]] = [:]
    /// Dominating authority of an outcode.
    public var postcodes: [String: PostcodeArea] = [:]
    /// Keyed by code and direction.
    public var movementReasons: [MovementReasonKey: MovementReason] = [:]
    public var holidays: [HolidayNation: Set<LocalDate>] = [:]
    /// Supervising offices by office code.
    public var offices: [String: Office] = [:]
    /// The constants and words in force: what is built in, where nothing else was imported.
    public var rules = Rulebook()
    public init() {}
}

/// A community provider, supervising body or commissioner, `^[A-Za-z0-9:_-]{1,64}$`.
public typealias ProviderID = Label

public struct Prison: Sendable, Hashable {
    public var id: PrisonID
    public var name: String
    public var active: Bool
    /// Empty: not onboarded; its events are recorded and nothing is sent (NOT_ONBOARDED).
    public var onboardedFrom: LocalDate?
    /// This prison's own release hold, where its feed already delays; nil: the hub's.
    public var releaseHold: Span?
    public init(id: PrisonID, name: String, active: Bool, onboardedFrom: LocalDate?, releaseHold: Span? = nil) {
        self.id = id
        self.name = name
        self.active = active
        self.onboardedFrom = onboardedFrom
        self.releaseHold = releaseHold
    }
}

public enum ProviderKind: String, Sendable, Hashable, CaseIterable {
    case drugService = "DRUG_SERVICE", youngPeopleDrugService = "YOUNG_PEOPLE_DRUG_SERVICE", crc = "CRC"
    case npsDivision = "NPS_DIVISION", probationRegion = "PROBATION_REGION", youthJustice = "YOUTH_JUSTICE"
    case healthUnit = "HEALTH_UNIT", commissioner = "COMMISSIONER"
}

public struct Provider: Sendable, Hashable {
    public var id: ProviderID
    public var kind: ProviderKind
    public var name: String
    public var validFrom: LocalDate
    /// Inclusive; nil: still valid.
    public var validTo: LocalDate?
    /// A commissioner's own authority.
    public var authority: AuthorityID?
    public var nasalStocked: Bool
    public init(
        id: ProviderID, kind: ProviderKind, name: String, validFrom: LocalDate, validTo: LocalDate? = nil,
        authority: AuthorityID? = nil, nasalStocked: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.name = name
        self.validFrom = validFrom
        self.validTo = validTo
        self.authority = authority
        self.nasalStocked = nasalStocked
    }
}

public enum Pathway: String, Sendable, Hashable, CaseIterable {
    case criminalJustice = "CRIMINAL_JUSTICE", core = "CORE", supervision = "SUPERVISION"
}
public enum AgeBand: String, Sendable, Hashable, CaseIterable { case adult = "ADULT", child = "CHILD" }

public struct Coverage: Sendable, Hashable {
    public var provider: ProviderID
    public var pathway: Pathway
    public var ageBand: AgeBand
    public var rank: Int
    public var validFrom: LocalDate
    /// Inclusive; nil: still valid.
    public var validTo: LocalDate?
    public init(
        provider: ProviderID, pathway: Pathway, ageBand: AgeBand, rank: Int, validFrom: LocalDate,
        validTo: LocalDate? = nil
    ) {
        self.provider = provider
        self.pathway = pathway
        self.ageBand = ageBand
        self.rank = rank
        self.validFrom = validFrom
        self.validTo = validTo
    }
}

public struct PostcodeArea: Sendable, Hashable {
    public var authority: AuthorityID
    public var nation: String
    /// The authority's share of the outcode, 0…1.
    public var share: Double
    public init(authority: AuthorityID, nation: String, share: Double) {
        self.authority = authority
        self.nation = nation
        self.share = share
    }
}

public enum MovementDirection: String, Sendable, Hashable, CaseIterable { case into = "in", out, both }

public struct MovementReasonKey: Sendable, Hashable {
    public var code: String
    public var direction: MovementDirection
    public init(_ code: String, _ direction: MovementDirection) {
        self.code = code
        self.direction = direction
    }
}

/// A movement reason's class decides what a movement is (domain.md §5); `COMMUNITY_RELEASE` is the only one that
/// leads to handovers. Classes are reference data: an unknown one is kept as text.
public struct MovementReason: Sendable, Hashable {
    public var movementClass: String
    public var releaseReason: ReleaseReason?
    public init(movementClass: String, releaseReason: ReleaseReason?) {
        self.movementClass = movementClass
        self.releaseReason = releaseReason
    }
}

public struct Office: Sendable, Hashable {
    public var provider: ProviderID
    public var authority: AuthorityID
    public init(provider: ProviderID, authority: AuthorityID) {
        self.provider = provider
        self.authority = authority
    }
}

/// The prisoner's record in PostgreSQL, as far as handovers need it (domain.md §11, contract.md §9 `people`).
public struct PersonRecord: Sendable, Hashable {
    public var name: String
    public var dateOfBirth: LocalDate
    public var crn: String?
    public var pncID: String?
    public var nhsNumber: String?
    public var gender: String?
    public var language: String?
    public var postcode: Postcode?
    public var addressStatus: AddressStatus?
    public var lastHomeAuthority: AuthorityID?
    public init(name: String, dateOfBirth: LocalDate) {
        self.name = name
        self.dateOfBirth = dateOfBirth
    }
}
