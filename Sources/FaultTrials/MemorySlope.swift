/// How memory moved over time: an ordinary least-squares line through samples, with a 95 % confidence interval for its
/// slope. Samples of one minute are put together as their mean first, because neighbouring samples of a process's
/// memory are nearly the same number, and an interval that took them for independent would be far too narrow. Pure.
public struct MemorySlope: Sendable {
    /// A slope and the half width of its 95 % confidence interval, both in MiB an hour.
    public struct Estimate: Sendable, Equatable {
        public var slope: Double
        public var halfWidth: Double
        /// Minutes that the line goes through.
        public var points: Int
        public var low: Double { slope - halfWidth }
        public var high: Double { slope + halfWidth }
    }

    /// What an estimate says about growth.
    public enum Verdict: String, Sendable {
        /// The whole interval lies below the tolerance, or holds zero.
        case steady
        /// The whole interval lies above the tolerance.
        case grows
        /// More than nothing, less than the tolerance allows to say.
        case undecided
        /// Fewer than four minutes after the warm-up.
        case tooShort
    }

    private var minutes: [Int: (sum: Double, count: Int)] = [:]
    private let warmUpSeconds: Double

    /// - Parameter warmUpSeconds: samples before it are not counted: caches and pools fill.
    public init(warmUpSeconds: Double) { self.warmUpSeconds = warmUpSeconds }

    /// Takes a sample: seconds since the start, memory in MiB.
    public mutating func add(second: Double, mebibytes: Double) {
        guard second >= warmUpSeconds else { return }
        minutes[Int(second / 60), default: (0, 0)].sum += mebibytes
        minutes[Int(second / 60), default: (0, 0)].count += 1
    }

    /// The line through the minutes so far; nil below four of them.
    public var estimate: Estimate? {
        guard minutes.count >= 4 else { return nil }
        let points = minutes.map { (x: Double($0.key) / 60, y: $0.value.sum / Double($0.value.count)) }
        let n = Double(points.count)
        let meanX = points.reduce(0) { $0 + $1.x } / n, meanY = points.reduce(0) { $0 + $1.y } / n
        let xx = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
        let slope = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) } / xx
        let rest = points.reduce(0) { sum, point in
            let off = point.y - meanY - slope * (point.x - meanX)
            return sum + off * off
        }
        let error = (rest / (n - 2) / xx).squareRoot()
        return Estimate(slope: slope, halfWidth: MemorySlope.studentT(freedom: n - 2) * error, points: points.count)
    }

    /// - Parameter tolerance: MiB an hour that are no growth (operations.md, gate 8: 1).
    public func verdict(tolerance: Double) -> Verdict {
        guard let estimate else { return .tooShort }
        if estimate.low > tolerance { return .grows }
        return estimate.low <= 0 || estimate.high <= tolerance ? .steady : .undecided
    }

    /// The two-sided 95 % quantile of Student's t, by Fisher and Cornish's expansion: within 2 % from 3 degrees on.
    static func studentT(freedom: Double) -> Double {
        let z = 1.959964
        let first = (z * z * z + z) / (4 * freedom)
        let second = (5 * z * z * z * z * z + 16 * z * z * z + 3 * z) / (96 * freedom * freedom)
        let third =
            (3 * z * z * z * z * z * z * z + 19 * z * z * z * z * z + 17 * z * z * z - 15 * z)
            / (384 * freedom * freedom * freedom)
        return z + first + second + third
    }
}
