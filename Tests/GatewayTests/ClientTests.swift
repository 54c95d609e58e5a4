import Crypto
import EventContracts
import Foundation
import Gateway
import HandoverRules
import Testing

/// Python with the packages of scripts/requirements-clients.txt: `.throughgate/clients`, or THROUGHGATE_TEST_PYTHON.
enum Python {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let path: String? = {
        let named = ProcessInfo.processInfo.environment["THROUGHGATE_TEST_PYTHON"]
        let path = named ?? root.appending(path: ".throughgate/clients/bin/python").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    /// Runs one of scripts/clients to its end, off the threads that serve the test's own HTTP.
    static func run(
        _ script: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> (Int32, String) {
        try await withCheckedThrowingContinuation { done in
            Thread.detachNewThread {
                done.resume(with: Result { try runBlocking(script, arguments, input, environment) })
            }
        }
    }

    private static func runBlocking(
        _ script: String, _ arguments: [String], _ input: String, _ environment: [String: String]
    ) throws -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(filePath: try #require(path))
        process.arguments = ["-I", root.appending(path: "scripts/clients/\(script)").path] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (into, out) = (Pipe(), Pipe())
        process.standardInput = into
        process.standardOutput = out
        process.standardError = out
        try process.run()
        into.fileHandleForWriting.write(Data(input.utf8))
        try into.fileHandleForWriting.close()
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}

@Suite(
    "local broker: independent clients", .serialized,
    .enabled(if: Python.path != nil, "no Python with scripts/requirements-clients.txt"))
struct ClientTests {
    @Test func requestsReadsAWholeFeedPageByPageAndAcknowledges() async throws {
        try await DoorBed.open { bed in
            let token = try bed.token(.recipient("prov-leeds"))
            try bed.lease(partition: 0, publishedThrough: 1000)
            let ids = try bed.seed(
                recipient: "prov-leeds", streams: ["a", "b", "c", "d", "e"], partition: 0, offset: 1)
            _ = try await bed.await("/v1/handovers", token: token) { $0.handovers.count == 5 }
            let (status, text) = try await Python.run("feed.py", [bed.base, token])
            #expect(status == 0, "\(text)")
            let printed = text.split(separator: "\n").dropLast()
            #expect(printed.count == 5)
            for (line, id) in zip(printed, ids) { #expect(line.contains(id.uuidString.lowercased() + "/1")) }
            #expect(try bed.records(on: bed.topics.communityResponses).count == 5)
        }
    }

    @Test func eventsBuiltByTheCloudEventsPackageAreTakenInEveryMode() async throws {
        try await DoorBed.open { bed in
            let token = try bed.token(.prisons(["MDI"]))
            let (status, text) = try await Python.run("ingest.py", [bed.base, token, "MDI"])
            #expect(status == 0, "\(text)")
            #expect(try bed.records(on: bed.topics.custodyMovements).count == 5)
        }
    }

    @Test func jwcryptoOpensWhatIsSealedHereAndTheOtherWayRound() async throws {
        let secret = P256.KeyAgreement.PrivateKey()
        let point = Array(secret.publicKey.rawRepresentation)
        let jwk = """
            {"kty":"EC","crv":"P-256","kid":"k1","x":"\(Base64URL.encode(point.prefix(32)))",\
            "y":"\(Base64URL.encode(point.suffix(32)))","d":"\(Base64URL.encode(Array(secret.rawRepresentation)))"}
            """
        let body = #"{"handoverId":"h-71","say":"naïve – 💊"}"#
        let binding = SealedBody.Binding(handoverID: "h-71", version: 3)
        let key = try #require(try SealingKey.keys(Array(jwk.utf8)).first)
        let sealed = try SealedBody.seal(Array(body.utf8), to: key, binding: binding)
        let (status, text) = try await Python.run("jwe.py", [], input: #"{"key":\#(jwk),"sealed":"\#(sealed)"}"#)
        #expect(status == 0, "\(text)")
        let answer = try JSONReader.read(Array(text.utf8)).root
        #expect(answer["body"]?.string == body)
        #expect(answer["header"]?["handoverId"]?.string == "h-71")
        let back = try #require(answer["sealed"]?.string)
        let opened = try SealedBody.open(back, with: OpeningKey.keys(Array(jwk.utf8)), expected: binding)
        #expect(String(decoding: opened.body, as: UTF8.self) == body)
    }
}
