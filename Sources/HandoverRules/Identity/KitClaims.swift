/// Who holds which kit by the record, as far as it was looked up (domain.md §14, S18).
public struct KitClaims: Sendable {
    public struct Claim: Sendable, Hashable {
        public var kit: Label
        /// Its place among those who claim the kit; two who claim it at the same time collide on it.
        public var turn: Int
        public var holder: NomsNumber

        public init(kit: Label, turn: Int, holder: NomsNumber) {
            self.kit = kit
            self.turn = turn
            self.holder = holder
        }
    }

    /// Kits whose holders are all known here; every other one is unknown unless ``isComplete``.
    public var lookedUp: Set<Label> = []
    /// Nothing is known elsewhere: what is not here is claimed by nobody.
    public var isComplete = false
    private var byKit: [Label: [Claim]] = [:]
    private var byHolder: [NomsNumber: [Claim]] = [:]

    public init() {}

    public mutating func add(_ claim: Claim) {
        guard !byKit[claim.kit, default: []].contains(claim) else { return }
        byKit[claim.kit, default: []].append(claim)
        byHolder[claim.holder, default: []].append(claim)
    }

    public mutating func remove(_ claim: Claim) {
        byKit[claim.kit]?.removeAll { $0 == claim }
        byHolder[claim.holder]?.removeAll { $0 == claim }
    }

    public func holders(of kit: Label) -> [NomsNumber] { byKit[kit]?.map(\.holder) ?? [] }
    public func claims(of holder: NomsNumber) -> [Claim] { byHolder[holder] ?? [] }
    func isKnown(_ kit: Label) -> Bool { isComplete || lookedUp.contains(kit) || byKit[kit] != nil }

    /// The first free place among those who claim a kit.
    func freeTurn(_ kit: Label) -> Int {
        let taken = Set(byKit[kit]?.map(\.turn) ?? [])
        return (1...taken.count + 1).first { !taken.contains($0) } ?? 1
    }
}

extension Event {
    /// The kits that this event names.
    public var kitsNamed: [Label] {
        switch payload {
        case .kitIssued(let p): [p.kit]
        case .kitCollected(let p): [p.kit]
        case .kitReturned(let p): [p.kit]
        case .kitLost(let p): [p.kit]
        case .kitConfirmed(let p): [p.kit]
        case .kitReplaced(let p): [p.old, p.new.kit]
        case .kitUsed(let p): p.kit.map { [$0] } ?? []
        default: []
        }
    }
}
