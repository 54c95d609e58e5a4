// swift-tools-version: 6.2
import PackageDescription

// One place says how every target is compiled. THROUGHGATE_STRICT=1 (make lint, CI) turns warnings into errors;
// a newcomer with a newer compiler is not stopped by a warning that did not exist yet.
let strict = Context.environment["THROUGHGATE_STRICT"] == "1"
// THROUGHGATE_FUZZ=1 (make fuzz): our own targets are watched by libFuzzer and the address sanitizer, and there is a
// program that drives them; dependencies stay as they are compiled.
let fuzzing = Context.environment["THROUGHGATE_FUZZ"] == "1"
let watch = ["-sanitize=fuzzer,address"]
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("ExistentialAny"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])
    + (fuzzing ? [.unsafeFlags(watch)] : [])

func target(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
    name: "throughgate",
    products: [.executable(name: "throughgate", targets: ["throughgate"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibrdkafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        target("Postgres", ["CLibpq"]),
        target("ExactlyOnceKafka", ["CLibrdkafka"]),
        target("BrokerModel", ["ExactlyOnceKafka"]),
        target("HandoverRules", [crypto]),
        target("EventContracts", ["HandoverRules", crypto]),
        target("SyntheticEstate", ["HandoverRules"]),
        target(
            "HandoverPipeline", ["HandoverRules", "EventContracts", "ExactlyOnceKafka", "Postgres", crypto, logging]),
        target("LocalServers"),
        target("FaultTrials", ["SyntheticEstate", "Postgres"]),
        target(
            "Operations",
            [
                "HandoverPipeline", "HandoverRules", "EventContracts", "ExactlyOnceKafka", "Postgres", crypto,
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ]),
        target(
            "Gateway",
            [
                "Operations", "HandoverPipeline", "HandoverRules", "EventContracts", "ExactlyOnceKafka", "Postgres",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Mustache", package: "swift-mustache"), crypto, logging,
            ],
            // Into the program itself: no page needs a file at run time.
            resources: [.embedInCode("Pages/Templates")]),
        .executableTarget(
            name: "throughgate",
            dependencies: [
                "FaultTrials", "Gateway", "Operations", "LocalServers", "SyntheticEstate",
                "HandoverPipeline", "HandoverRules", "EventContracts", "ExactlyOnceKafka", "Postgres", lifecycle,
                logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings),
        .target(
            name: "FuzzTargets",
            dependencies: ["EventContracts", "Gateway", "HandoverPipeline", "HandoverRules", crypto],
            path: "Tests/Fuzzing/Targets", swiftSettings: settings),
        tests("FuzzingTests", ["FuzzTargets", "EventContracts", "SyntheticEstate"]),
        tests("HandoverRulesTests", ["HandoverRules", "SyntheticEstate"]),
        tests("EventContractsTests", ["EventContracts", "HandoverRules", "SyntheticEstate", crypto]),
        tests("SyntheticEstateTests", ["SyntheticEstate", "EventContracts", "HandoverRules"]),
        tests("PostgresTests", ["Postgres", "LocalServers"]),
        tests("ExactlyOnceKafkaTests", ["BrokerModel", "ExactlyOnceKafka", "LocalServers"]),
        tests("LocalServersTests", ["LocalServers"]),
        tests(
            "HandoverPipelineTests",
            [
                "BrokerModel", "HandoverPipeline", "HandoverRules", "EventContracts", "SyntheticEstate", "FaultTrials",
                "LocalServers", "ExactlyOnceKafka", "Postgres", "throughgate", logging,
            ]),
        tests(
            "GatewayTests",
            [
                "Gateway", "HandoverPipeline", "HandoverRules", "EventContracts", "ExactlyOnceKafka", "LocalServers",
                "Operations", "Postgres", "throughgate", crypto, logging,
                .product(name: "Yams", package: "Yams"),
            ]),
        tests(
            "ThroughgateTests",
            [
                "throughgate", "FaultTrials", "Operations", "LocalServers", "HandoverPipeline", "HandoverRules",
                "EventContracts", "ExactlyOnceKafka", "Postgres", crypto,
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ]),
    ]
        + (fuzzing
            ? [
                .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzzing/CLibFuzzer"),
                .executableTarget(
                    name: "FuzzDriver", dependencies: ["FuzzTargets", "CLibFuzzer"], path: "Tests/Fuzzing/Driver",
                    swiftSettings: settings, linkerSettings: [.unsafeFlags(watch + ["-use-ld=lld"])]),
            ] : [])
)
