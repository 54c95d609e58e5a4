import Foundation
import Testing

@Suite("local broker: three hubs under faults")
struct TortureTests {
    /// A minute of `make torture`. THROUGHGATE_SEED repeats its schedule.
    @Test func aMinuteOfKillsFreezesAndOutagesLosesNothingAndRepeatsNothing() throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["THROUGHGATE_SEED"].map { ["--seed", $0] } ?? []
        let result = try Program.run(["torture", "--minutes", "1"] + seed, environment: environment)
        print(result.output)
        #expect(result.status == 0, "\(result.errors)")
        let faults = result.output.firstMatch(of: /lost, repeated, altered, out of order, unasked +(\d+)\n/)
        #expect(faults?.1 == "0")
        let kills = result.output.firstMatch(of: /\n  hubKilled +(\d+)\n/).flatMap { Int($0.1) }
        #expect(kills ?? 0 >= 3)
        let read = result.output.firstMatch(of: /handovers and tasks read +(\d+)\n/).flatMap { Int($0.1) }
        #expect(read ?? 0 > 100)
    }
}
