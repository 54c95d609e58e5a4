import ArgumentParser
import EventContracts
import ExactlyOnceKafka
import Foundation

/// `throughgate bench-poison`: what everybody else waits while one record kills the hub again and again, until it is
/// refused. The same load once without it and once with it; a supervisor starts the hub anew at once.
struct PoisonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-poison", abstract: "Measure what one record that kills the hub costs everybody else.",
        shouldDisplay: false)

    @Option(help: "How long 200 events a second come; the record comes after a tenth of it.") var seconds = 120
    @Option(help: "Seed of the load.") var seed: UInt64 = 1

    private static let perSecond = 200

    func validate() throws {
        guard seconds >= 30 else { throw ValidationError("--seconds 30 at least") }
    }

    func run() throws {
        let events = seconds * PoisonCommand.perSecond
        let world = try PeerWorld(people: events)
        defer { world.stop() }
        let job = PeerJob(people: events, seed: seed)
        // A release: two of three events are one, the first of three among them.
        let poison = events / 10 / 3 * 3
        let plain = try turn(world, job, events, poison: nil)
        say("without", plain.delays)
        let with = try turn(world, job, events, poison: poison)
        say("with it", with.delays)
        let ratio = with.delays.percentile(99) / max(0.001, plain.delays.percentile(99))
        Console.say(
            String(
                format: "killed %d times, %@; from the first death to its refusal %.1f s; p99 ratio %.2f",
                with.story.kills, with.story.isRefused ? "refused as POISON" : "never refused", with.story.seconds,
                ratio))
        guard with.story.isRefused else { throw CommandFailure(.internalError, "the record was not refused") }
    }

    /// From produce to commit of every record but the one, in milliseconds, rising.
    private func turn(
        _ world: PeerWorld, _ job: PeerJob, _ events: Int, poison: Int?
    ) throws -> (delays: [Double], story: TrappedHub.Story) {
        try world.freshBroker()
        let settings = try PeerTurns(world: world, job: job).settings(.hub, total: 0)
        let producer = try EventProducer(
            configuration: world.kafka(["linger.ms": "0"]), clientName: "throughgate-bench-poison")
        defer { producer.close() }
        let hub = try TrappedHub(settings, world, poison.map { job.event($0).id })
        defer { hub.end() }
        let topics = world.world.topics
        let sight = try CommitSight(
            world.kafka(),
            [topics.releaseNotifications, topics.kitEvents].flatMap { topic in
                (0..<Int32(PeerWorld.partitions)).map { TopicPartition(topic, $0) }
            })
        defer { sight.stop() }
        let encoder = EventEncoder(topics: topics)
        var began = CommitSight.now()
        for index in 0..<events {
            // The start of the hub is nobody's delay: it has done the first record before the next one comes.
            if index == 1 {
                try PoisonCommand.wait(60) { !sight.delays.isEmpty }
                began = CommitSight.now()
            }
            let message = try OutboundMessage(encoder.record(of: job.event(index)))
            let due = began + Double(index) / Double(PoisonCommand.perSecond)
            while CommitSight.now() < due { Thread.sleep(forTimeInterval: 0.0005) }
            producer.enqueue(message) { delivery in
                if case .kept(let place, let offset) = delivery, index != poison { sight.sent(place, offset, at: due) }
            }
        }
        let expected = events - (poison == nil ? 0 : 1)
        try PoisonCommand.wait(60) { sight.delays.count >= expected }
        let delays = sight.delays.dropFirst().sorted()
        return (delays, hub.story)
    }

    private static func wait(_ seconds: Double, until isSo: () -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while !isSo() {
            guard Date() < deadline else { throw CommandFailure(.internalError, "not everything was committed") }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    private func say(_ name: String, _ delays: [Double]) {
        Console.say(
            String(
                format: "%@  p50 %.1f ms  p95 %.1f ms  p99 %.1f ms  longest %.1f ms  of %d", name,
                delays.percentile(50), delays.percentile(95), delays.percentile(99), delays.last ?? 0, delays.count))
    }
}
