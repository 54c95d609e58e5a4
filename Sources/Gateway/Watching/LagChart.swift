import HandoverRules
import Operations

/// A topic's day as a curve, and the same in words for who does not see it.
struct LagChart: Sendable {
    let name: String
    let words: String
    /// The path of an `<svg>` 600 wide, 0 at y 110 and the most at y 10; broken where nobody measured.
    let curve: String
    /// The label of the upper line.
    let top: String
    /// Nothing ever waited: words say it, no curve is needed.
    let isCalm: Bool

    /// nil where nothing was measured.
    init?(_ day: LagStore.Curve, now: Instant) {
        let points = day.points.filter { $0.lag != nil }
        guard let last = points.last, let most = points.max(by: { ($0.lag ?? 0) < ($1.lag ?? 0) }) else { return nil }
        name = day.topic
        let height = most.lag ?? 0
        top = "\(height)"
        isCalm = height == 0
        words =
            height == 0
            ? "nothing waited in the last 24 hours that were measured"
            : "at most \(height) waited, at \(LagChart.clock(most.at)); at \(LagChart.clock(last.at)) \(last.lag ?? 0)"
        curve = LagChart.path(points, height: max(1, height), now: now)
    }

    private static func path(_ points: [LagStore.Curve.Point], height: Int64, now: Instant) -> String {
        var path = ""
        var previous: Instant?
        for point in points {
            let age = Double((now - point.at).microseconds) / 1_000_000
            let x = max(0, min(600, 600 * (1 - age / 86_400)))
            let y = 110 - 100 * Double(point.lag ?? 0) / Double(height)
            let isNext = previous.map { (point.at - $0).microseconds <= 600_000_000 } ?? false
            path += "\(isNext ? "L" : "M")\(Int(x.rounded())) \(Int(y.rounded()))"
            // A lone point is a dot.
            if !isNext { path += "h0" }
            previous = point.at
        }
        return path
    }

    /// `03:05`, London's clock.
    static func clock(_ at: Instant) -> String { String(RFC3339.london(at).dropFirst(11).prefix(5)) }
}
