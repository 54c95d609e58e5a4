import EventContracts
import FoundationEssentials
import HandoverRules
public import Postgres

/// What an operator's end of a rejected record means for the task that its prison was given. The hub itself closes the
/// task of an event that it takes later under the same id.
public enum RejectionEnds {
    /// In the transaction that ends the record: puts a task.resolved into the outbox where a task is open. A hub
    /// publishes it within two minutes, and closes the task like any other answer.
    ///
    /// - Parameter isSentAgain: redriven, not discarded. A task about an event with an id then stays open until that
    ///   event is taken; one about a record without an id is passed on, since nothing else would tell that it was.
    public static func note(
        topic: String, partition: Int32, offset: Int64, isSentAgain: Bool, on session: PostgresConnection
    ) throws {
        let found = try session.query(
            """
            select reason, detail, value, headers, record_time from rejected
            where topic = \(topic) and partition = \(partition) and "offset" = \(offset)
            """
        ).first
        guard let row = found, let reason = RejectionReason(rawValue: try row.text(0)) else { return }
        let record = InboundRecord(
            topic: topic, partition: partition, offset: offset, timestampMilliseconds: 0, key: nil, value: try row[2],
            headers: StoredBytes.headers(try row[3] as [UInt8]?))
        guard let task = RejectionTask(record, Rejection(reason, try row[1])) else { return }
        if isSentAgain, task.eventID != nil { return }
        let open = try session.query(
            "select topic from rejection_message where task_id = \(task.id) and is_current and not closes"
        ).first
        guard let tasks = try open?.text(0) else { return }
        // Its own prefix, whatever the settings say now.
        let topics = Topics(prefix: String(tasks.dropLast(Topics().tasks(of: task.prison).count)))
        let time: PostgresTimestamp = try row[4]
        var resolved = TaskResolved()
        resolved.task = Label(unchecked: task.id.uuidString.lowercased())
        resolved.outcome = isSentAgain ? .passedOn : .notNeeded
        resolved.by = StaffReference(unchecked: "HUB_OPERATOR/rejected")
        let event = EventEncoder.decision(
            .taskResolved(resolved), id: UUID(), subject: .blank, at: Instant(microseconds: time.microseconds))
        try Outbox.put([event], topics: topics, on: session)
    }
}
