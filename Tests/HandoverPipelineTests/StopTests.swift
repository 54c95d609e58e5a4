import EventContracts
import Foundation
import HandoverPipeline
import LocalServers
import Synchronization
import Testing

/// SIGTERM in every state, side by side: each hub has a network of its own to the shared broker. (PostgreSQL away and
/// PostgreSQL frozen: ``ProcessTests``, with servers of their own.)
@Suite("local broker: an end within ten seconds from every state", .serialized)
struct StopTests {
    enum State: String, CaseIterable {
        case idle, underLoad, brokerAway, brokerFrozen, commitInFlight, rebalancing, starting, hangingReceiver
        case openStreams
    }

    @Test func everyStateEndsInOrderAndLosesNothing() throws {
        let trials = try State.allCases.map { try StopTrial($0) }
        defer { for trial in trials { trial.discard() } }
        DispatchQueue.concurrentPerform(iterations: trials.count) { trials[$0].bring() }
        for trial in trials { #expect(trial.problem == nil, "\(trial.state): \(trial.problem ?? "")") }
        DispatchQueue.concurrentPerform(iterations: trials.count) { trials[$0].end() }
        for trial in trials {
            print("end \(trial.state): status \(trial.status) after \(trial.seconds) s")
            #expect(trial.seconds < 10, "\(trial.state): \(trial.seconds) s")
            // Before its handler is in place a SIGTERM ends the process like any other.
            #expect(trial.status == 0 || trial.state == .starting && trial.status == SIGTERM, "\(trial.state)")
        }
        let busy = trials.filter(\.isBusy)
        DispatchQueue.concurrentPerform(iterations: busy.count) { busy[$0].goOn() }
        for trial in busy {
            #expect(trial.problem == nil, "\(trial.state): \(trial.problem ?? "")")
            #expect(try trial.test.deliveryFaults() == [], "\(trial.state)")
            try trial.crowd.check(trial.test)
        }
    }
}

/// One hub in one state. Each trial is used by one thread at a time.
private final class StopTrial: @unchecked Sendable {
    let state: StopTests.State
    let test: TestHub
    let crowd: Crowd
    private(set) var status: Int32 = -1
    private(set) var seconds = 0.0
    private(set) var problem: String?
    private let front: Pacer
    private let hub: HubProcess
    private var second: HubProcess?
    private var streams: [Int32] = []
    private var receiver: HangingReceiver?

    init(_ state: StopTests.State) throws {
        self.state = state
        test = try TestHub()
        crowd = Crowd(40, seed: 120)
        try test.register(crowd)
        let port = Int(test.bed.bootstrapServers.split(separator: ":").last ?? "") ?? 0
        front = try Pacer(port: FreePort.next(), brokerPort: port)
        hub = try HubProcess(
            test, broker: "127.0.0.1:\(front.port)", more: "webhooks:\n  allowPrivateAddresses: true")
    }

    /// Records were on their way when it ended.
    var isBusy: Bool { ![.idle, .starting].contains(state) }

    func discard() {
        front.stop()
        hub.kill()
        second?.kill()
        for stream in streams { close(stream) }
        receiver?.stop()
    }

    /// Brings the hub into its state.
    func bring() { attempt { try prepare() } }

    func end() {
        // The moment counts: a transaction and a join last a fraction of a second.
        switch state {
        case .underLoad, .rebalancing: attempt { try disturb() }
        case .starting:
            attempt { try hub.start() }
            expect("it says something", within: 10) { !hub.output.isEmpty }
        default: break
        }
        (status, seconds) = hub.stop()
    }

    /// After the end: fair weather, and everything is delivered by its successor.
    func goOn() {
        front.set(.fair)
        attempt {
            try hub.start()
            guard try hub.wait(60, until: { try test.isDone(crowd.eventCount) }) else {
                return note("not all was delivered: \(hub.output.suffix(1_000))")
            }
            hub.kill()
        }
    }

    private func attempt(_ body: () throws -> Void) {
        do { try body() } catch { note("\(error)") }
    }

    private func note(_ text: String) { problem = problem ?? text }

    private func expect(_ what: String, within seconds: Double = 30, _ isSo: () throws -> Bool) rethrows {
        if try !hub.wait(seconds, until: isSo) { note("never so: \(what); \(hub.output.suffix(1_000))") }
    }

    private func prepare() throws {
        if state == .starting { return }
        if state == .hangingReceiver { try pointAtReceiver() }
        try hub.start()
        expect("ready", within: 40) { hub.get("/readyz")?.status == 200 }
        let events = crowd.interleaved(seed: 120)
        switch state {
        case .idle, .starting: break
        case .underLoad, .rebalancing: try test.publish(Array(events.prefix(100)))
        case .brokerFrozen:
            try test.publish(events)
            front.set(.silent)
            // Long enough to be in the middle of a call that nobody answers.
            if hub.wait(2, until: { !hub.isRunning }) { note("it ended by itself") }
        case .brokerAway:
            try test.publish(Array(events.prefix(100)))
            front.set(.cut)
            try test.publish(Array(events.dropFirst(100)))
            expect("waits for Kafka", within: 60) { hub.get("/readyz").map { $0.status == 503 } ?? false }
        case .commitInFlight:
            // From here each call of a transaction takes seconds: recorded, and not committed.
            front.set(.slow(milliseconds: 900))
            try test.publish(events)
            try expect("recorded and not committed", within: 60) {
                let recorded: Int64 = try test.query("select count(*)::int8 from message").only()[0]
                return try recorded > 0 && !test.isCommitted()
            }
        case .hangingReceiver:
            try test.publish(events)
            expect("a request hangs", within: 60) { (receiver?.taken ?? 0) > 0 }
        case .openStreams:
            let token = try test.token("RECIPIENT", "prov-leeds", number: 5)
            for _ in 0..<4 {
                let request = DoorSocket.request("GET", "/v1/handovers/stream", token, [])
                if let stream = DoorSocket.open(hub.httpPort, request) { streams.append(stream) }
            }
            try test.publish(events)
            expect("streams are served") {
                var bytes = [UInt8](repeating: 0, count: 4_096)
                return streams.count == 4 && streams.allSatisfy { recv($0, &bytes, bytes.count, 0) > 0 }
            }
        }
    }

    private func disturb() throws {
        try test.publish(Array(crowd.interleaved(seed: 120).dropFirst(100)))
        guard state == .rebalancing else { return }
        let joining = try HubProcess(test, instance: "two")
        second = joining
        try joining.start()
        // Its end begins while the other joins.
        expect("the other runs") { joining.output.contains("part=postgres") || !joining.isRunning }
    }

    private func pointAtReceiver() throws {
        let receiver = try HangingReceiver()
        self.receiver = receiver
        try hub.command(["webhooks", "secret", "create", "--recipient", "prov-leeds"])
        try test.change(
            "update provider set webhook_url = \("http://127.0.0.1:\(receiver.port)/") where provider_id = 'prov-leeds'"
        )
    }
}

/// Takes connections and never answers.
private final class HangingReceiver: Sendable {
    let port: Int
    private let listener: Int32
    private let open = Mutex<[Int32]>([])

    init() throws {
        port = try FreePort.next()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0 && listen(listener, 16) == 0)
        Thread.detachNewThread { [self] in
            while case let client = accept(listener, nil, nil), client >= 0 { open.withLock { $0.append(client) } }
        }
    }

    var taken: Int { open.withLock { $0.count } }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for client in open.withLock({ $0 }) { close(client) }
    }
}
