// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that neither the program nor its tests build what only measuring needs.
// `make bench-steps` runs it.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "throughgate", path: ".."),
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "Steps",
            dependencies: [
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "BenchSteps", package: "throughgate"),
            ],
            path: "Benchmarks/Steps",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
