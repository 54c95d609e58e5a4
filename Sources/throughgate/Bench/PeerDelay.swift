import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverRules

/// Something that does the job until it is ended.
protocol BenchedProgram {
    func end()
}

extension PeerProgram: BenchedProgram {}

/// From produce to visible at a steady, light load: what a recipient waits for on a normal day.
struct PeerDelay {
    /// Milliseconds.
    var p50 = 0.0
    var p99 = 0.0
    var p999 = 0.0
    var longest = 0.0
    var measured = 0
    var missing = 0

    private static let perSecond = 200
    private static let warmUp = 300

    /// Events of a load of so many seconds.
    static func events(_ seconds: Int) -> Int { warmUp + perSecond * seconds }

    /// Runs a program over the load.
    init(_ kind: PeerProgram.Kind, _ world: PeerWorld, _ job: PeerJob, settings: [String: String]) throws {
        try self.init(kind, world, job, seconds: 20) { try PeerProgram(kind, settings: settings) }
    }

    /// - Parameters:
    ///   - leftOut: an event of the load that nobody is to hear of.
    ///   - start: starts what does the job; it is ended when all is seen.
    init(
        _ kind: PeerProgram.Kind, _ world: PeerWorld, _ job: PeerJob, seconds: Int, leftOut: Int? = nil,
        start: () throws -> some BenchedProgram
    ) throws {
        let count = PeerDelay.events(seconds)
        let producer = try EventProducer(
            configuration: world.kafka(["linger.ms": "0"]), clientName: "throughgate-bench-delay")
        defer { producer.close() }
        let sight = try Sight(PeerCheck.handoverTopics(kind, world), world)
        defer { sight.stop() }
        let encoder = EventEncoder(topics: Topics())
        let messages = try (0..<count).map { try OutboundMessage(encoder.record(of: job.event($0))) }
        for case .failed(let error) in producer.send(Array(messages[..<PeerDelay.warmUp])) { throw error }
        let program = try start()
        defer { program.end() }
        try sight.wait(until: PeerDelay.warmUp * 2 / 3, atMost: 60)
        Thread.sleep(forTimeInterval: 1)
        var sent: [String: Double] = [:]
        let began = Sight.now()
        for index in PeerDelay.warmUp..<count {
            let due = began + Double(index - PeerDelay.warmUp) / Double(PeerDelay.perSecond)
            while Sight.now() < due { Thread.sleep(forTimeInterval: 0.0005) }
            if index % 3 != 2, index != leftOut {
                sent[String(decoding: messages[index].key ?? [], as: UTF8.self)] = Sight.now()
            }
            producer.enqueue(messages[index]) { _ in }
        }
        try? sight.wait(until: PeerDelay.warmUp * 2 / 3 + sent.count, atMost: 10)
        let seen = sight.seen
        let delays = sent.compactMap { noms, at in seen[noms].map { ($0 - at) * 1_000 } }.sorted()
        measured = delays.count
        missing = sent.count - delays.count
        guard !delays.isEmpty else { return }
        p50 = delays[delays.count / 2]
        p99 = delays[min(delays.count - 1, delays.count * 99 / 100)]
        p999 = delays[min(delays.count - 1, delays.count * 999 / 1_000)]
        longest = delays[delays.count - 1]
    }
}
