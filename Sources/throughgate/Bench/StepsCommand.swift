import ArgumentParser

/// Each step of the hub's own work alone, for a profiler: `valgrind --tool=callgrind throughgate bench-steps`. What an
/// event costs is the difference between two counts (`scripts/steps.sh`).
struct StepsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-steps", abstract: "Decode, fold, encode and record alone, for a profiler.",
        shouldDisplay: false)

    enum Step: String, CaseIterable, ExpressibleByArgument { case decode, fold, encode, record }

    @Option(help: "How often each.") var count = 1000
    @Option(help: "This one alone.") var step: Step?

    func run() throws {
        let steps = try BenchSteps()
        for step in step.map({ [$0] }) ?? Step.allCases {
            let made =
                switch step {
                case .decode: steps.decode(count)
                case .fold: steps.fold(count)
                case .encode: steps.encode(count)
                case .record: steps.record(count)
                }
            // What was made is said, so that nothing is left out of it.
            print("\(step.rawValue): \(made)")
        }
    }
}
