import EventContracts
import ExactlyOnceKafka
import FaultTrials
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import SyntheticEstate

/// Reads what lies on the topics and in the ledger after a trial, for the check and the second opinion.
struct TrialCount {
    private let world: DemoWorld
    /// Why a record must be refused.
    private let refusals: [Mark: String]
    /// Everything that was published.
    private let published: Set<Mark>

    /// What a record is known by: malformed ones have the same bytes where only a header is wrong.
    private struct Mark: Hashable {
        var id: String?
        var value: [UInt8]
    }

    private static let readLimit = Duration.seconds(120)

    init(_ world: DemoWorld, _ emissions: [Emission]) {
        self.world = world
        let encoder = EventEncoder(topics: world.topics)
        var refusals: [Mark: String] = [:]
        var published: Set<Mark> = []
        for emission in emissions {
            let mark: Mark
            switch emission.shape {
            case .malformed(let written, _), .hmpps(let written, _):
                mark = Mark(id: written.headers.first { $0.name == "ce_id" }?.value, value: written.value ?? [])
            case .cloudEvent(let event), .cloudEventWithoutKey(let event):
                mark = Mark(
                    id: event.id.uuidString.lowercased(), value: (try? encoder.record(of: event).value) ?? [])
            }
            published.insert(mark)
            if case .rejected(let reason) = emission.fate { refusals[mark] = reason.rawValue }
        }
        self.refusals = refusals
        self.published = published
    }

    /// Whether the group's offsets are at the ends of all inbound partitions.
    func isCommitted() throws -> Bool {
        let group = try GroupOffsets(
            configuration: world.kafka(), group: world.topics.prefix + "throughgate")
        let reader = try TopicReader(configuration: world.kafka())
        for topic in world.topics.inbound {
            let places = try reader.partitions(of: topic)
            let ends = try reader.watermarks(places), committed = try group.committed(places)
            for place in places where (committed[place].flatMap { $0 } ?? 0) < ends[place]?.end ?? 0 { return false }
        }
        return true
    }

    /// Values that the broker acknowledged and does not have any more: its loss, before the hub's part begins.
    func lostByBroker() throws -> Int {
        published.subtracting(try read(world.topics.inbound).map(TrialCount.mark)).count
    }

    private static func mark(_ record: KafkaRecord) -> Mark {
        Mark(
            id: record.header("ce_id").map { String(decoding: $0, as: UTF8.self) }, value: record.value ?? [])
    }

    func check() throws -> TrialCheck {
        var check = TrialCheck()
        // Kafka first: what the ledger decides meanwhile would only be missing, and is looked for again.
        for record in try read(world.topics.inbound) { check.inputs.append(input(record)) }
        let connection = try world.connection()
        for row in try connection.query(#"select event_id::text, topic, partition, "offset" from event"#) {
            check.recorded.insert(try row.text(0))
            check.recordedAt.insert(try TrialCount.place(row, at: 1))
        }
        for row in try connection.query(#"select reason, topic, partition, "offset" from rejected"#) {
            check.refused[try TrialCount.place(row, at: 1)] = try row.text(0)
        }
        for row in try connection.query(
            """
            select stream_id, version, body from (
                select seq, stream_id, version, body from message where not held
                union all select seq, task_id, version, body from rejection_message where not held) m order by seq
            """)
        {
            check.decided.append(
                TrialCheck.Output(
                    stream: (try row[0] as UUID).uuidString.lowercased(), version: Int(try row[1] as Int32),
                    body: try row[2]))
        }
        try takeOutputs(into: &check, connection)
        return check
    }

    private func takeOutputs(into check: inout TrialCheck, _ connection: PostgresConnection) throws {
        let topics = try connection.query(
            "select distinct topic from message union select distinct topic from rejection_message"
        ).map { try $0.text(0) }
        for record in try read(Set(topics).union([world.topics.hubTasks]).sorted()) {
            check.seen.append(TrialCheck.Output(id: record.text("ce_id"), body: record.value ?? []))
        }
        for record in try read([world.topics.rejected]) {
            let place = ["topic", "partition", "offset"].map { record.text("tg_source_\($0)") }
            check.letters[place.joined(separator: "/"), default: 0] += 1
        }
    }

    /// What the rules say of the recorded events now, against what was said.
    func replay() throws -> Replay.Report {
        var rules = Rulebook()
        rules.releaseHold = .zero
        return try Replay(
            connection: world.connection(), topics: world.topics, settings: rules, now: Wall.now()
        ).preview()
    }

    private func input(_ record: KafkaRecord) -> TrialCheck.Input {
        let decoder = EventDecoder(topics: world.topics)
        let inbound = InboundRecord(
            topic: record.topic, partition: record.source.partition, offset: record.offset,
            timestampMilliseconds: record.timestampMilliseconds, key: record.key, value: record.value,
            headers: record.headers.map { RecordHeader($0.name, $0.value) })
        var id: String?
        if case .event(let decoded) = decoder.decode(inbound, clock: .system(now: Wall.now())) {
            id = decoded.event.id.uuidString.lowercased()
        }
        return TrialCheck.Input(
            place: "\(record.topic)/\(record.source.partition)/\(record.offset)", id: id,
            refusal: refusals[TrialCount.mark(record)])
    }

    private func read(_ topics: [String]) throws -> [KafkaRecord] {
        let reader = try TopicReader(configuration: world.kafka())
        defer { reader.stop() }
        let known = try topics.filter { try !reader.partitions(of: $0).isEmpty }
        try reader.startAll(known)
        var records: [KafkaRecord] = []
        guard try reader.readToEnd(atMost: TrialCount.readLimit, { records.append($0) }) else {
            throw CommandFailure(.internalError, "topics could not be read to their ends")
        }
        return records
    }

    private static func place(_ row: PostgresRow, at first: Int) throws -> String {
        "\(try row.text(first))/\(try row[first + 1] as Int32)/\(try row[first + 2] as Int64)"
    }
}
