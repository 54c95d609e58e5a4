import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

/// Leases named for a statement.
struct LeaseColumns {
    var topics: [String] = []
    var partitions: [Int32] = []

    init(_ sources: some Sequence<TopicPartition>) {
        for source in sources.sorted() {
            topics.append(source.topic)
            partitions.append(source.partition)
        }
    }
}

/// A partition's lease as it stands in the ledger.
struct LeaseRow {
    var source: TopicPartition
    var generation: Int64
    var startCount: Int64
    var recordedThrough: Int64
    var publishedThrough: Int64
}

extension LeaseRow {
    init(row: PostgresRow) throws {
        source = TopicPartition(try row[0], try row[1])
        generation = try row[2]
        startCount = try row[3]
        recordedThrough = try row[4]
        publishedThrough = try row[5]
    }
}

/// A message as it was recorded: the bytes to send again, never a new decision.
struct StoredMessage {
    var stream: UUID
    var version: Int
    var kind: String
    var recipientKind: String?
    var priority: Int?
    var taskCode: String?
    var predecessor: (source: TopicPartition, offset: Int64)?
    var topic: String
    var headers: [UInt8]
    var body: [UInt8]
    var cause: UUID
}

extension StoredMessage {
    init(row: PostgresRow) throws {
        stream = try row[0]
        version = Int(try row[1] as Int32)
        kind = try row[2]
        recipientKind = try row[3]
        priority = (try row[4] as Int16?).map(Int.init)
        taskCode = try row[5]
        if let topic = try row[6] as String?, let partition = try row[7] as Int32?, let offset = try row[8] as Int64? {
            predecessor = (TopicPartition(topic, partition), offset)
        }
        topic = try row[9]
        headers = try row[10]
        body = try row[11]
        cause = try row[12]
    }

    /// The message in its place, caused by the record at `offset` of `source`.
    func staged(at source: TopicPartition, offset: Int64) -> StagedMessage {
        StagedMessage(
            message: OutboundMessage(
                topic: topic, key: Array(stream.lowercaseText.utf8), value: body,
                headers: HeaderBytes.decode(headers)),
            stream: stream, version: version, source: source, offset: offset, predecessor: predecessor,
            tally: taskCode.map { .task(code: $0) }
                ?? .handover(recipientKind: recipientKind ?? "", kind: kind, priority: priority.map { "P\($0)" } ?? ""))
    }
}

extension PersonRecord {
    init(row: PostgresRow) throws {
        let born: PostgresDate = try row[2]
        self.init(name: try row[1], dateOfBirth: LocalDate(daysSince1970: Int32(born.daysSince1970)))
        crn = try row[3]
        pncID = try row[4]
        nhsNumber = try row[5]
        gender = try row[6]
        language = try row[7]
        postcode = (try row[8] as String?).flatMap { Postcode($0) }
        addressStatus = (try row[9] as String?).flatMap { AddressStatus(rawValue: $0) }
        lastHomeAuthority = (try row[10] as String?).flatMap { AuthorityID($0) }
    }
}

extension Instant {
    var postgres: PostgresTimestamp { PostgresTimestamp(microseconds: microseconds) }
}
