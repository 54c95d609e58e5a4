/// One key figure of domain.md §13: so many of so many.
public struct Measure: Sendable, Hashable {
    /// K1 … K16, as §13 names them.
    public var id: String
    public var name: String
    public var count: Int
    public var of: Int
    /// What is shown beside it, and never within it.
    public var beside: [Count] = []
    /// What a reader must know of it.
    public var note = ""

    public struct Count: Sendable, Hashable {
        public var label: String
        public var count: Int
        public init(_ label: String, _ count: Int) {
            self.label = label
            self.count = count
        }
    }

    public init(_ id: String, _ name: String, _ count: Int, of all: Int, beside: [Count] = [], note: String = "") {
        self.id = id
        self.name = name
        self.count = count
        of = all
        self.beside = beside
        self.note = note
    }

    /// nil where there is nothing to be a share of: that is "n/a", never 0.
    public var percent: Double? { of == 0 ? nil : 100 * Double(count) / Double(of) }

    /// `55.0 %` or `n/a`.
    public var text: String { percent.map { Measure.text($0) + " %" } ?? "n/a" }

    /// One decimal, halves rounded up.
    static func text(_ number: Double) -> String {
        let tenths = tenths(number)
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    static func tenths(_ number: Double) -> Int64 { Int64((number * 10).rounded(.toNearestOrAwayFromZero)) }
}

extension Measure {
    /// Counts the members of `all`, and those of them that `hits` says.
    init<Member>(
        _ id: String, _ name: String, _ all: [Member], beside: [Count] = [], note: String = "",
        _ hits: (Member) -> Bool
    ) {
        self.init(id, name, all.count { hits($0) }, of: all.count, beside: beside, note: note)
    }
}
