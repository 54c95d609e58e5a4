public import HandoverRules

/// What to simulate. Two equal plans give byte-equal estates.
public struct EstatePlan: Sendable, Hashable {
    /// Longest stay before the start, so that every reception is at most 90 days old when it is published.
    public static let custodyDaysMax = 85

    public var seed: UInt64
    /// People who are released or moved, beside one more whose assessment closes the stream. The first
    /// `EstateCase.allCases.count` of them are made as one case each, so fewer people leave cases out.
    public var people: Int
    /// The first moment of the simulation: local midnight of the first day.
    public var start: Instant
    /// Days on which releases happen.
    public var days: Int
    /// Prisons that take part (onboarded), most of all releases.
    public var prisons: [PrisonID]
    /// A prison whose system publishes although it is not onboarded.
    public var outsidePrison: PrisonID
    /// Where people live. At least one must have a drug service.
    public var areas: [HomeArea]
    /// Malformed records as a share of all events; every kind occurs at least once.
    public var malformedShare: Double
    /// Events sent again, half with the same id and half with a new one, as a share of all events.
    public var duplicateShare: Double
    /// Share of people whose first events arrive in the wrong order.
    public var outOfOrderShare: Double
    /// How long after the last event the closing one is published: every hold and every four-hour timer falls due.
    public var settleDays: Int
    public var mix: ReleaseMix

    public init(
        seed: UInt64, people: Int = 300, start: Instant = EstatePlan.thursday, days: Int = 8,
        prisons: [PrisonID] = EstatePlan.pilotPrisons, outsidePrison: PrisonID = PrisonID(unchecked: "BWI"),
        areas: [HomeArea] = HomeArea.pilot
    ) {
        self.seed = seed
        self.people = people
        self.start = start
        self.days = days
        self.prisons = prisons
        self.outsidePrison = outsidePrison
        self.areas = areas
        malformedShare = 0.02
        duplicateShare = 0.04
        outOfOrderShare = 0.05
        settleDays = 3
        mix = ReleaseMix()
    }

    /// Thursday 2019-06-06, 00:00 in London: while community rehabilitation companies supervised.
    public static let rehabilitationCompanies = Instant(milliseconds: 1_559_775_600_000)

    /// Thursday 2026-06-04, 00:00 in London: 2026-06-03T23:00:00Z.
    public static let thursday = Instant(milliseconds: 1_780_527_600_000)

    /// Ten prisons by their codes in the public register, as in the first pilot of take-home naloxone.
    public static let pilotPrisons = ["MDI", "LEI", "HDI", "DNI", "HLI", "NHI", "BMI", "STI", "EWI", "CFI"].map {
        PrisonID(unchecked: $0)
    }
}

/// A place where people live: an authority, an outcode that lies in it, and the fictional drug service that covers it.
public struct HomeArea: Sendable, Hashable {
    /// Real GSS code.
    public var authority: AuthorityID
    /// Real outcode whose postcodes lie in the authority.
    public var outcode: String
    /// Provider id of the drug service; nil: nobody covers this area.
    public var drugService: ProviderID?
    public init(authority: AuthorityID, outcode: String, drugService: ProviderID?) {
        self.authority = authority
        self.outcode = outcode
        self.drugService = drugService
    }

    /// Twelve authorities, each with one outcode that lies wholly (0.99 and more) in it. The last is in Scotland, where
    /// `Deploy/reference` has no services. Codes and outcodes from OS Code-Point Open 2025.4.0; the provider ids are
    /// those of the invented services in `Deploy/reference`.
    public static let pilot: [HomeArea] = [
        ("E08000035", "LS9", "prov-leeds"), ("E08000032", "BD5", "prov-bradford"),
        ("E08000003", "M14", "prov-manchester"),
        ("E08000039", "S3", "prov-sheffield"), ("E06000010", "HU9", "prov-kingston-upon-hull"),
        ("E06000018", "NG7", "prov-nottingham"),
        ("E08000012", "L6", "prov-liverpool"), ("W06000015", "CF24", "prov-cardiff"),
        ("E08000025", "B21", "prov-birmingham"), ("E08000017", "DN4", "prov-doncaster"),
        ("E08000034", "HD1", "prov-kirklees"), ("S12000036", "EH6", nil),
    ].map {
        HomeArea(
            authority: AuthorityID(unchecked: $0.0), outcode: $0.1,
            drugService: $0.2.map { ProviderID(unchecked: $0) })
    }
}
