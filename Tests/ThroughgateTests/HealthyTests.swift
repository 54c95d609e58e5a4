import Foundation
import Testing

@Suite("local broker: a hub that is well raises no alarm")
struct HealthyTests {
    /// The small form of `make healthy`.
    @Test func notInTwentySecondsWithQuietTopics() throws {
        let result = try Program.run(
            ["healthy", "--minutes", "0.34", "--every", "2"], environment: ProcessInfo.processInfo.environment)
        #expect(result.status == 0, "\(result.errors)\(result.output)")
        #expect(result.output.contains(#/looks [1-9]\d*, opened 0,/#), "\(result.output)")
    }
}
