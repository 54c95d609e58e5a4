public import HandoverRules

/// A simulated estate: people who do not exist, and everything their prisons publish about them, in the order in
/// which it is put on the topics. A pure function of its plan.
public struct Estate: Sendable {
    public let plan: EstatePlan
    /// Everybody who appears in a story, the last being the person whose assessment closes the stream.
    public let people: [SyntheticPerson]
    /// Ordered by ``Emission/at``.
    public let emissions: [Emission]

    public init(_ plan: EstatePlan) {
        self.plan = plan
        var dice = Dice(seed: plan.seed, stream: -3)
        let casting = Casting(plan)
        var people: [SyntheticPerson] = []
        var told: [Emission] = []
        for index in 0..<max(0, plan.people) {
            let (those, emissions) = casting.story(index)
            people += those
            told += emissions
        }
        var disturbances = Disturbances(plan: plan, told: told, people: people, dice: dice)
        told = disturbances.applied()
        dice = disturbances.dice
        let last = told.map(\.at).max() ?? plan.start
        let (closer, closing) = casting.closing(at: last + .days(Int64(max(1, plan.settleDays))))
        self.people = people + [closer]
        emissions = Estate.ordered(told) + [closing]
    }

    /// The estate of `make demo`: 300 people and eight days from Thursday 2026-06-04, every case at least once.
    public static func demo(seed: UInt64) -> Estate { Estate(EstatePlan(seed: seed)) }

    /// Every event that a correct reader sees, repeats included, in publishing order. What must be rejected is not
    /// among them.
    public var events: [Event] {
        emissions.compactMap { emission in
            if case .rejected = emission.fate { nil } else { emission.event }
        }
    }

    /// By time; what is put out at the same moment keeps the order in which it was told.
    private static func ordered(_ emissions: [Emission]) -> [Emission] {
        emissions.enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element)
    }
}
