import BenchSteps
import Benchmark

// Each step of the hub's own work a thousand times, by processor time: what the machine does beside it counts less.
let benchmarks: @Sendable () -> Void = {
    let configuration = Benchmark.Configuration(
        metrics: [.cpuUser, .wallClock, .throughput], warmupIterations: 3, scalingFactor: .kilo,
        maxDuration: .seconds(5), maxIterations: 200)
    guard let steps = try? BenchSteps() else { fatalError("the synthetic spell can no longer be written") }
    for (name, step) in [
        ("decode", steps.decode), ("fold", steps.fold), ("encode", steps.encode), ("record", steps.record),
    ] {
        Benchmark(name, configuration: configuration) { benchmark in
            blackHole(step(benchmark.scaledIterations.count))
        }
    }
}
