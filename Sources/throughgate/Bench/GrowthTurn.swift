import EventContracts
import ExactlyOnceKafka
import Foundation
import Postgres

/// One turn of one or several hubs at the job of `bench-peers`, from the first record sent until the group has
/// committed them all. The hubs have shared the partitions out before.
struct GrowthTurn {
    let world: PeerWorld
    let job: PeerJob
    /// People of the ledger from this one on are no part of the job.
    let firstSpare: Int
    let hubs: Int

    /// People with whose plans the hubs begin.
    static let warmUp = 6_000
    private static let warmUpBatch = 600
    private static let patience: TimeInterval = 900

    func run() throws -> PeerResult {
        try world.freshBroker()
        let producer = try EventProducer(configuration: world.kafka(), clientName: "throughgate-bench-load")
        defer { producer.close() }
        let offsets = try GroupOffsets(configuration: world.kafka(), group: "bench")
        let settings = try PeerTurns(world: world, job: job).settings(.hub, total: 0)
        let programs = try (1...hubs).map { number in
            try PeerProgram(.hub, settings: settings.merging(["INSTANCE": "bench-\(number)"]) { $1 })
        }
        defer { for program in programs { program.end() } }
        let warmed = try share(settings["POSTGRES"] ?? "", producer, offsets)
        let before = Processor.spent(), own = programs.map(\.processor), began = Date()
        let expected = try job.records { slice in
            for case .failed(let error) in producer.send(slice) { throw error }
        }
        try finish(offsets)
        let seconds = Date().timeIntervalSince(began), after = Processor.spent()
        var result = PeerResult(
            events: expected.records, seconds: seconds,
            own: zip(programs, own).reduce(0) { $0 + $1.0.processor - $1.1 }, servers: before, after,
            mebibytes: programs.map(\.peakMebibytes).max() ?? 0)
        result.take(try PeerCheck(.hub, world), people: job.people + warmed, expected)
        return result
    }

    /// Sends plans of people who are not released until each hub has recorded some of them: gives of how many people.
    private func share(_ database: String, _ producer: EventProducer, _ offsets: GroupOffsets) throws -> Int {
        let connection = try PostgresConnection(PostgresConfiguration(url: database))
        let topics = world.world.topics
        let encoder = EventEncoder(topics: topics)
        var warmed = 0
        while warmed < GrowthTurn.warmUp {
            let people = firstSpare + warmed..<firstSpare + warmed + GrowthTurn.warmUpBatch
            let messages = try people.map { person in
                try OutboundMessage(encoder.record(of: CostLedger.plan(of: person, id: UUID())))
            }
            for case .failed(let error) in producer.send(messages) { throw error }
            warmed += people.count
            try finish(offsets)
            let holders = try connection.query(
                """
                select count(distinct instance) from partition_lease where topic = \(topics.releaseNotifications)
                """)
            if try holders.only()[0] as Int == hubs { return warmed }
        }
        throw CommandFailure(.internalError, "\(hubs) hubs did not share the partitions out")
    }

    /// Waits until the group has committed all that lies on the inbound topics.
    private func finish(_ offsets: GroupOffsets) throws {
        let topics = world.world.topics
        let reader = try TopicReader(configuration: world.kafka(), clientName: "throughgate-bench-ends")
        let places = [topics.releaseNotifications, topics.kitEvents].flatMap { topic in
            (0..<Int32(PeerWorld.partitions)).map { TopicPartition(topic, $0) }
        }
        let ends = try reader.watermarks(places).compactMapValues { $0.end > 0 ? $0.end : nil }
        let deadline = Date(timeIntervalSinceNow: GrowthTurn.patience)
        while Date() < deadline {
            let committed = try offsets.committed(Array(ends.keys)).compactMapValues { $0 }
            if ends.allSatisfy({ committed[$0.key] ?? 0 >= $0.value }) { return }
            Thread.sleep(forTimeInterval: 0.02)
        }
        throw CommandFailure(.internalError, "a turn did not finish in \(Int(GrowthTurn.patience)) s")
    }
}
