import ArgumentParser

/// Each step of the hub's own work alone, for a profiler: `valgrind --tool=callgrind throughgate bench-steps`.
struct StepsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-steps", abstract: "Decode, fold, encode and record alone, for a profiler.",
        shouldDisplay: false)

    @Option(help: "How often each.") var count = 1000

    func run() throws {
        let steps = try BenchSteps()
        print("decode: \(steps.decode(count)) understood")
        print("fold: \(steps.fold(count)) messages and timers")
        print("encode: \(steps.encode(count)) bytes")
        print("record: \(steps.record(count)) bytes")
    }
}
