/// Small numbers in reports that leave the house (domain.md §13): 1 to 4 become "<5", and where one hidden number
/// could be worked out from the rest, another is hidden with it.
public enum Suppression {
    /// A number as it may be shown.
    public enum Shown: Sendable, Hashable {
        case count(Int)
        /// 1 to 4.
        case fewerThanFive
        /// Hidden because another number could be worked out from it.
        case hidden

        public var text: String {
            switch self {
            case .count(let count): String(count)
            case .fewerThanFive: "<5"
            case .hidden: "*"
            }
        }
    }

    public static let smallest = 5

    static func isSmall(_ count: Int) -> Bool { (1..<smallest).contains(count) }

    /// Numbers of one row or column whose sum is shown or known: one hidden alone would be the difference.
    public static func parts(_ counts: [Int]) -> [Shown] {
        var shown = counts.map { isSmall($0) ? Shown.fewerThanFive : .count($0) }
        guard shown.count(where: { $0 == .fewerThanFive }) == 1 else { return shown }
        // The next smallest goes with it; a zero tells nothing and hides nothing.
        let others = counts.indices.filter { counts[$0] >= smallest }
        if let next = others.min(by: { counts[$0] < counts[$1] }) { shown[next] = .hidden }
        return shown
    }

    /// A share tells the rest too: it is shown only where neither the counted, the others nor all are few.
    public static func share(_ count: Int, of all: Int) -> (count: Shown, of: Shown, isShown: Bool) {
        if isSmall(all) { return (.fewerThanFive, .fewerThanFive, false) }
        if isSmall(count) { return (.fewerThanFive, .count(all), false) }
        if isSmall(all - count) { return (.hidden, .count(all), false) }
        return (.count(count), .count(all), true)
    }
}
