import ExactlyOnceKafka
import Foundation

/// Turns of programs at one job: each with a fresh broker and a fresh copy of the database on one PostgreSQL.
struct PeerTurns {
    let world: PeerWorld
    let job: PeerJob
    /// Whether what each statement cost is printed.
    var statements = false

    /// What a program takes from its environment, with a database of its own.
    func settings(_ kind: PeerProgram.Kind, total: Int) throws -> [String: String] {
        let topics = world.world.topics
        return [
            "KAFKA": world.broker.bootstrapServers, "POSTGRES": try world.freshDatabase(of: kind),
            "GROUP": "bench", "RELEASES": topics.releaseNotifications, "KITS": topics.kitEvents,
            "HANDOVERS": PeerWorld.handovers, "REJECTED": PeerWorld.rejected, "TOTAL": String(total),
        ]
    }

    /// One turn of one program.
    func turn(_ kind: PeerProgram.Kind) throws -> PeerResult {
        try world.freshBroker()
        let producer = try EventProducer(configuration: world.kafka(), clientName: "throughgate-bench-load")
        let expected = try job.records { slice in
            for case .failed(let error) in producer.send(slice) { throw error }
        }
        producer.close()
        let settings = try settings(kind, total: expected.records)
        if statements { try StatementCosts.begin(world.world) }
        let before = Processor.spent()
        let program = try PeerProgram(kind, settings: settings)
        defer { program.end() }
        let first = try program.wait(for: "FIRST", atMost: 60)
        let done = try program.wait(for: "DONE", atMost: 300)
        let after = Processor.spent()
        var result = PeerResult(
            events: expected.records, seconds: done.timeIntervalSince(first), own: program.processor, servers: before,
            after, mebibytes: program.peakMebibytes)
        result.startUp = program.startUp(first: first)
        if statements {
            for line in try StatementCosts.lines(world.world, events: expected.records) { Console.say(line) }
        }
        result.take(try PeerCheck(kind, world), people: job.people, expected)
        return result
    }
}
