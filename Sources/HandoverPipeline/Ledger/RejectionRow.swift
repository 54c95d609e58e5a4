import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

/// One message of a task EVENT_REJECTED, as it is kept.
struct RejectionRow: Sendable {
    var task: UUID
    var version: Int
    var prison: String
    var event: UUID?
    var closes: Bool
    var held: Bool
    /// The record that caused it, and the one that caused the version before.
    var position: SourcePosition
    var predecessor: SourcePosition?
    var topic: String
    var headers: [UInt8]
    var body: [UInt8]
    var reason: String
    var detail: String
    var sentAt = Instant.distantPast
    var isCurrent = true
}

extension RejectionRow {
    init(row: PostgresRow) throws {
        task = try row[0]
        version = Int(try row[1] as Int32)
        prison = try row[2]
        event = try row[3]
        closes = try row[4]
        held = try row[5]
        position = SourcePosition(topic: try row[6], partition: try row[7], offset: try row[8])
        topic = try row[9]
        headers = try row[10]
        body = try row[11]
        reason = try row[12]
        detail = try row[13]
        if let topic = try row[14] as String?, let partition = try row[15] as Int32?, let offset = try row[16] as Int64?
        {
            predecessor = SourcePosition(topic: topic, partition: partition, offset: offset)
        }
    }

    init(
        task: RejectionTask, version: Int, at instant: Instant, record: KafkaRecord, _ before: RejectionRow?,
        out: OutboundRecord
    ) {
        self.init(
            task.id, version, task.prison.text, task.eventID, closes: false, before, record, instant, out,
            task.reason.rawValue, [task.field, task.rule].compactMap(\.self).joined(separator: ": "))
    }

    init(closing before: RejectionRow, at instant: Instant, record: KafkaRecord, out: OutboundRecord) {
        self.init(
            before.task, before.version + 1, before.prison, before.event, closes: true, before, record, instant, out,
            before.reason, before.detail)
    }

    /// What follows a message that is held is held too.
    private init(
        _ task: UUID, _ version: Int, _ prison: String, _ event: UUID?, closes: Bool, _ before: RejectionRow?,
        _ record: KafkaRecord, _ instant: Instant, _ out: OutboundRecord, _ reason: String, _ detail: String
    ) {
        self.task = task
        self.version = version
        self.prison = prison
        self.event = event
        self.closes = closes
        held = before?.held ?? false
        position = record.position
        predecessor = before?.position
        topic = out.topic
        headers = HeaderBytes.encode(OutboundMessage(out).headers)
        body = out.value ?? []
        self.reason = reason
        self.detail = detail
        sentAt = instant
    }

    var staged: StagedMessage {
        StagedMessage(
            message: OutboundMessage(
                topic: topic, key: Array(task.lowercaseText.utf8), value: body,
                headers: HeaderBytes.decode(headers)),
            stream: task, version: version, source: TopicPartition(position.topic, position.partition),
            offset: position.offset,
            predecessor: predecessor.map { (TopicPartition($0.topic, $0.partition), $0.offset) },
            tally: .task(code: RejectionTask.code))
    }
}

extension RejectionColumns {
    mutating func add(_ row: RejectionRow) {
        tasks.append(row.task)
        versions.append(Int32(row.version))
        prisons.append(row.prison)
        events.append(row.event)
        closes.append(row.closes)
        current.append(row.isCurrent)
        sourceTopics.append(row.position.topic)
        sourcePartitions.append(row.position.partition)
        sourceOffsets.append(row.position.offset)
        topics.append(row.topic)
        headers.append(row.headers)
        bodies.append(row.body)
        reasons.append(row.reason)
        details.append(row.detail)
        sentAt.append(row.sentAt.postgres)
        held.append(row.held)
    }
}

extension Ledger {
    /// What stands of tasks EVENT_REJECTED, and what records caused of them.
    var rejections: BatchWork.RejectionQueries {
        BatchWork.RejectionQueries(
            standing: { tasks, events in
                try self.query(LedgerSQL.rejections(tasks, events: events)).map(RejectionRow.init(row:))
            },
            caused: { records, prisons in
                let first = records[0]
                return try self.pipeline { pipe in
                    if !prisons.isEmpty {
                        pipe.execute(
                            LedgerSQL.releaseRejections(
                                prisons, topic: first.topic, partition: first.partition, offset: first.offset))
                    }
                    return pipe.query(
                        LedgerSQL.rejections(
                            causedAt: records.map(\.topic), records.map(\.partition), records.map(\.offset)))
                }.get().map(RejectionRow.init(row:))
            },
            answer: closeDeadLetterTasks)
    }
}
