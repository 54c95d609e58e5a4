import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverRules
import Synchronization

/// From produce to visible at a steady, light load: what a recipient waits for on a normal day.
struct PeerDelay {
    /// Milliseconds.
    var p50 = 0.0
    var p99 = 0.0
    var measured = 0
    var missing = 0

    private static let perSecond = 200
    private static let seconds = 20
    private static let warmUp = 300

    /// Runs a program over the load.
    init(_ kind: PeerProgram.Kind, _ world: PeerWorld, _ job: PeerJob, settings: [String: String]) throws {
        let count = PeerDelay.warmUp + PeerDelay.perSecond * PeerDelay.seconds
        let producer = try EventProducer(
            configuration: world.kafka(["linger.ms": "0"]), clientName: "throughgate-bench-delay")
        defer { producer.close() }
        let sight = try Sight(PeerCheck.handoverTopics(kind, world), world)
        defer { sight.stop() }
        let encoder = EventEncoder(topics: Topics())
        let messages = try (0..<count).map { try OutboundMessage(encoder.record(of: job.event($0))) }
        for case .failed(let error) in producer.send(Array(messages[..<PeerDelay.warmUp])) { throw error }
        let program = try PeerProgram(kind, settings: settings)
        defer { program.end() }
        try sight.wait(until: PeerDelay.warmUp * 2 / 3, atMost: 60)
        Thread.sleep(forTimeInterval: 1)
        var sent: [String: Double] = [:]
        let began = Sight.now()
        for index in PeerDelay.warmUp..<count {
            let due = began + Double(index - PeerDelay.warmUp) / Double(PeerDelay.perSecond)
            while Sight.now() < due { Thread.sleep(forTimeInterval: 0.0005) }
            if index % 3 != 2 { sent[String(decoding: messages[index].key ?? [], as: UTF8.self)] = Sight.now() }
            producer.enqueue(messages[index]) { _ in }
        }
        try? sight.wait(until: PeerDelay.warmUp * 2 / 3 + sent.count, atMost: 10)
        let seen = sight.seen
        let delays = sent.compactMap { noms, at in seen[noms].map { ($0 - at) * 1_000 } }.sorted()
        measured = delays.count
        missing = sent.count - delays.count
        guard !delays.isEmpty else { return }
        p50 = delays.percentile(50)
        p99 = delays.percentile(99)
    }
}

/// When each person's first handover became visible.
private final class Sight: Sendable {
    private let state = Mutex<(seen: [String: Double], isEnding: Bool)>(([:], false))

    static func now() -> Double { Date().timeIntervalSince1970 }

    init(_ topics: [String], _ world: PeerWorld) throws {
        let reader = try TopicReader(
            configuration: world.kafka(["fetch.wait.max.ms": "10"]), clientName: "throughgate-bench-sight")
        try reader.startAll(topics)
        let box = UncheckedBox(reader)
        Thread.detachNewThread { [self] in
            while !state.withLock({ $0.isEnding }) {
                let events = (try? box.value.read(max: 1_000, timeout: .milliseconds(20))) ?? []
                let at = Sight.now()
                for case .record(let record) in events {
                    guard let noms = PeerCheck.noms(in: record) else { continue }
                    state.withLock { if $0.seen[noms] == nil { $0.seen[noms] = at } }
                }
            }
        }
    }

    var seen: [String: Double] { state.withLock { $0.seen } }

    func stop() { state.withLock { $0.isEnding = true } }

    func wait(until count: Int, atMost seconds: Double) throws {
        let deadline = Sight.now() + seconds
        while state.withLock({ $0.seen.count }) < count {
            guard Sight.now() < deadline else {
                throw CommandFailure(.internalError, "only \(seen.count) of \(count) handovers were seen")
            }
            Thread.sleep(forTimeInterval: 0.005)
        }
    }
}

/// A reader that one thread alone uses.
private struct UncheckedBox: @unchecked Sendable {
    let value: TopicReader
    init(_ value: TopicReader) { self.value = value }
}
