import EventContracts
import ExactlyOnceKafka
import Foundation
import LocalServers
import Testing

/// The kit passes a good subscriber and finds each planted fault.
@Suite("Python: subscribers tried in the sandbox", .serialized)
struct ConformanceTests {
    struct Verdict {
        var status: Int32
        var failed: Set<String>
        var checks: Int
        var text: String
    }

    /// Runs the kit with a subscriber beside it that starts when the sandbox says how to connect.
    private func attempt(
        _ door: String, patience: Int, url: String? = nil, subscriber: @escaping @Sendable (URL) throws -> Process?
    ) throws -> Verdict {
        let folder = try ServerFolder.fresh("conformance-test")
        defer { folder.discard() }
        let details = folder.url.appendingPathComponent("details.json")
        let isOver = Flag()
        Thread.detachNewThread {
            while !FileManager.default.fileExists(atPath: details.path), !isOver.isSet {
                Thread.sleep(forTimeInterval: 0.05)
            }
            let process = isOver.isSet ? nil : try? subscriber(details)
            while !isOver.isSet { Thread.sleep(forTimeInterval: 0.05) }
            process?.terminate()
        }
        defer { isOver.set() }
        let result = try Program.run(
            [
                "conformance", "--recipient", "prov-leeds", "--door", door, "--details", details.path, "--json",
                "--address", "127.0.0.1:\(FreePort.next())", "--arrival", "30", "--patience", "\(patience)",
            ] + (url.map { ["--url", $0] } ?? []), environment: ProcessInfo.processInfo.environment)
        let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        let checks = object?["checks"] as? [[String: Any]] ?? []
        let failed = checks.filter { ($0["passed"] as? Bool) == false }
        #expect(failed.allSatisfy { $0["fault"] is String })
        return Verdict(
            status: result.status, failed: Set(failed.compactMap { $0["check"] as? String }), checks: checks.count,
            text: result.output + result.errors)
    }

    private func python(_ arguments: [String]) -> @Sendable (URL) throws -> Process? {
        { details in
            let process = Process()
            // It ends with the thread that starts it, and so with these tests.
            process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
            let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "scripts/clients/subscriber.py")
            process.arguments =
                ["--pdeathsig", "KILL", "--", "/usr/bin/python3", "-I", script.path, details.path] + arguments
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            return process
        }
    }

    @Test("a good subscriber passes every check", arguments: ["feed", "stream"])
    func good(door: String) throws {
        let verdict = try attempt(door, patience: 20, subscriber: python([door]))
        #expect(verdict.status == 0 && verdict.failed.isEmpty && verdict.checks == 13, "\(verdict.text)")
    }

    @Test(
        "each planted fault is found, and by its own check",
        arguments: [
            ("forgets", ["duplicate", "out-of-order", "late-version"]), ("old", ["out-of-order"]),
            ("deaf", ["stand-down"]), ("eager", ["heartbeat", "unknown-version", "answers"]),
            ("stops", ["unknown-field", "stand-down", "goes-on"]),
        ])
    func faulty(fault: String, checks: [String]) throws {
        let verdict = try attempt("feed", patience: 1, subscriber: python(["feed", fault]))
        #expect(verdict.status == 65, "\(verdict.text)")
        #expect(!verdict.failed.isEmpty && verdict.failed.isSubset(of: Set(checks)), "\(verdict.text)")
        #expect(verdict.failed.contains(checks[0]), "\(verdict.text)")
    }

    private func webhook(_ fault: String? = nil) throws -> Verdict {
        let port = try FreePort.next()
        return try attempt(
            "webhook", patience: fault == nil ? 20 : 1, url: "http://127.0.0.1:\(port)/in",
            subscriber: python(["webhook:\(port)"] + (fault.map { [$0] } ?? [])))
    }

    @Test("a good receiver of webhooks passes every check")
    func goodReceiver() throws {
        let verdict = try webhook()
        #expect(verdict.status == 0 && verdict.failed.isEmpty && verdict.checks == 19, "\(verdict.text)")
    }

    @Test(
        "each fault planted in a receiver of webhooks is found, and by its own check",
        arguments: [
            ("unsigned", ["bad-signature", "changed-body", "wrong-secret"]),
            ("timeless", ["stale-timestamp", "future-timestamp"]),
            ("forgets", ["duplicate", "out-of-order", "late-version"]), ("old", ["out-of-order"]),
            ("fails", ["unknown-field"]),
        ] as [(String, [String])])
    func faultyReceiver(fault: String, checks: [String]) throws {
        let verdict = try webhook(fault)
        #expect(verdict.status == 65 && verdict.failed == Set(checks), "\(verdict.text)")
    }

    @Test("a reader of Kafka passes; one that remembers nothing does not", arguments: [false, true])
    func kafka(forgets: Bool) throws {
        let isOver = Flag()
        defer { isOver.set() }
        let verdict = try attempt("kafka", patience: 10) { details in
            let subscriber = try KafkaSubscriber(details)
            Thread.detachNewThread { try? subscriber.run(forgets: forgets) { isOver.isSet } }
            return nil
        }
        let expected: Set<String> = forgets ? ["duplicate", "out-of-order", "late-version"] : []
        #expect(verdict.failed == expected && verdict.status == (forgets ? 65 : 0), "\(verdict.text)")
    }

    @Test("nobody there is said, not judged")
    func nobody() throws {
        let result = try Program.run(
            [
                "conformance", "--recipient", "prov-leeds", "--address", "127.0.0.1:\(FreePort.next())", "--arrival",
                "1",
            ], environment: ProcessInfo.processInfo.environment)
        #expect(result.status == 65 && result.errors.contains("did not turn up"), "\(result.errors)")
    }

    private final class Flag: @unchecked Sendable {
        private let lock = NSLock()
        private var value = false
        var isSet: Bool { lock.withLock { value } }
        func set() { lock.withLock { value = true } }
    }
}
