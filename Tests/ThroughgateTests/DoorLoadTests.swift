import Foundation
import Testing

@Suite("local broker: doors beside the running pipeline")
struct DoorLoadTests {
    /// The small form of `make bench-doors`.
    @Test func streamsAndPollersSeeEveryHandoverWhileThePipelineWorks() throws {
        let result = try Program.run(
            [
                "bench-doors", "--people", "60", "--streams", "10", "--requests", "50", "--pollers", "2", "--seconds",
                "4",
            ], environment: ProcessInfo.processInfo.environment)
        #expect(result.status == 0, "\(result.errors)\(result.output)")
        #expect(result.output.contains(/lost +0\n/), "\(result.output)")
        #expect(result.output.contains(/refused or failed requests +0\n/), "\(result.output)")
        let sizes = result.output.firstMatch(of: /MiB +(\d+), (\d+)/)
        let grown = (sizes.flatMap { Int($0.2) } ?? 1_000) - (sizes.flatMap { Int($0.1) } ?? 0)
        #expect(grown < 150, "\(result.output)")
    }
}
