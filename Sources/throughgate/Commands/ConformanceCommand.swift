import ArgumentParser
import EventContracts
import ExactlyOnceKafka
import Foundation
import Gateway
import HandoverPipeline
import HandoverRules

/// Tries a subscriber in a sandbox.
struct ConformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance", abstract: "Try a subscriber in a sandbox and say what it gets wrong.",
        discussion: """
            Starts doors of its own with a token of its own (or topics below sandbox. on the broker that --kafka \
            names), says how to connect, delivers handovers of people who do not exist, and watches the \
            acknowledgements that come back. With --door webhook it posts to --url, forged and stale messages too, \
            which the receiver must refuse with 4xx; the secret is made for the trial and said with the rest. It reads \
            no settings: the hub's data and recipients are out of its reach. It needs PostgreSQL's \
            programs and the local broker (make setup) on this machine. \
            Exit 0: everything passed; 65: the subscriber got something wrong.
            """)

    @Option(name: .long, help: ArgumentHelp("Provider id that the subscriber has.", valueName: "id"))
    var recipient: String
    @Option(name: .long, help: "How it is told: feed, stream, kafka or webhook.") var door = Door.feed
    @Option(name: .long, help: "Where the subscriber receives webhooks: http(s)://…; with --door webhook.")
    var url: String?
    @Option(name: .long, help: "What it receives: drug-service, supervision or child-service.")
    var kind = HandoverFamily.drugService
    @Option(name: .long, help: "Where the sandbox listens for HTTP.") var address = "127.0.0.1:18080"
    @Option(name: .long, help: "A broker to use instead of a private one: host:port.") var kafka: String?
    @Option(name: .long, help: ArgumentHelp("Write how to connect as JSON, when it is ready.", valueName: "file"))
    var details: String?
    @Option(name: .long, help: "Seconds to wait for the subscriber to turn up.") var arrival = 120
    @Option(name: .long, help: "Seconds to wait for each acknowledgement.") var patience = 20
    @Flag(name: .long, help: "Print JSON.") var json = false

    enum Door: String, ExpressibleByArgument, CaseIterable { case feed, stream, kafka, webhook }

    func validate() throws {
        guard ProviderID(recipient) != nil else { throw ValidationError("--recipient \(ProviderID.rule)") }
        guard ListenAddress(address) != nil else { throw ValidationError("--address must be host:port") }
        guard (door == .webhook) == (url != nil) else {
            throw ValidationError("--url and --door webhook belong together")
        }
        guard (1...3_600).contains(arrival), (1...600).contains(patience) else {
            throw ValidationError("--arrival must be 1 to 3600 and --patience 1 to 600")
        }
    }

    func run() async throws {
        let listen = ListenAddress(address)
        let sandbox = try SubscriberSandbox(
            recipient: recipient, kind: kind, kafka: kafka, address: door == .kafka ? nil : listen, webhook: trial())
        defer { sandbox.stop() }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let serving = Task {
            guard let gateway = sandbox.gateway else { return port.finish() }
            defer { port.finish() }
            try await gateway.run { port.yield($0) }
        }
        defer { serving.cancel() }
        var taken: Int?
        for await number in ports {
            taken = number
            break
        }
        if door != .kafka, taken == nil {
            try await serving.value
            throw CommandFailure(.settings, "--address: \(address) cannot be listened on")
        }
        try announce(sandbox.details(port: taken ?? 0, host: listen?.host ?? "127.0.0.1"))
        let trial = SandboxTrial(sandbox: sandbox, isKafka: door == .kafka, arrival: arrival, patience: patience)
        let results: [CheckResult] = try await withCheckedThrowingContinuation { done in
            Thread.detachNewThread { done.resume(with: Result { try trial.drive() }) }
        }
        try report(results)
    }

    private func trial() throws -> WebhookTrial? {
        guard let url else { return nil }
        do throws(WebhookAddress.Refusal) {
            return try WebhookTrial(url: url)
        } catch {
            throw CommandFailure(.badInput, "--url: \(error.rawValue)")
        }
    }

    private func announce(_ values: [String: String]) throws {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { Console.note("\(name): \(value)") }
        Console.note("point the subscriber there; it is tried with handovers of people who do not exist")
        guard let details else { return }
        let bytes = try JSONSerialization.data(withJSONObject: values, options: [.sortedKeys])
        // A reader never meets half of it.
        try bytes.write(to: URL(fileURLWithPath: details), options: .atomic)
    }

    private func report(_ results: [CheckResult]) throws {
        let failed = results.count { $0.fault != nil }
        if json {
            Console.say(json: ConformanceVerdict.json(results, recipient: recipient, door: door.rawValue))
        } else {
            for result in results {
                let name = result.check.padding(toLength: 16, withPad: " ", startingAt: 0)
                Console.say("\(result.fault == nil ? "pass" : "FAIL")  \(name) \(result.fault ?? result.rule)")
            }
        }
        guard failed == 0 else {
            throw CommandFailure(.badInput, "\(failed) of \(results.count) checks failed")
        }
    }
}

extension HandoverFamily: ExpressibleByArgument {}
