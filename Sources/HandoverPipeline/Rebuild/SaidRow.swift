import FoundationEssentials
import HandoverRules
import Postgres

/// What a message left of itself: the last of a stream says how the thread or the task stands.
struct SaidRow {
    var stream: UUID
    var version: Int
    var cause: UUID
    var subject: NomsNumber
    var spell: UUID
    var kind: HandoverKind?
    var recipient: Recipient?
    var priority: Priority?
    var taskCode: String?
    var sentAt: Instant
    var ackDueAt: Instant?
    var contentDigest: [UInt8]?
    var contactDueAt: Instant?
    var clockFrom: Instant?
    var ackFrom: Int?
    var closes: Bool
    var topic: String

    init(row: PostgresRow) throws {
        stream = try row[0]
        version = Int(try row[1] as Int32)
        cause = try row[2]
        subject = NomsNumber(unchecked: try row.text(3))
        spell = try row[4]
        kind = HandoverKind(rawValue: try row.text(5))
        if let kind = (try row[6] as String?).flatMap({ RecipientKind(rawValue: $0) }),
            let provider = (try row[7] as String?).flatMap({ ProviderID($0) })
        {
            recipient = Recipient(kind: kind, provider: provider)
        }
        priority = (try row[8] as Int16?).flatMap { Priority(rawValue: Int($0)) }
        taskCode = try row[9]
        let sent: PostgresTimestamp = try row[10]
        sentAt = Instant(microseconds: sent.microseconds)
        ackDueAt = SaidRow.instant(try row[11])
        contentDigest = try row[12]
        contactDueAt = SaidRow.instant(try row[13])
        clockFrom = SaidRow.instant(try row[14])
        ackFrom = (try row[15] as Int32?).map(Int.init)
        closes = try row[16]
        topic = try row[17]
    }

    private static func instant(_ value: PostgresTimestamp?) -> Instant? {
        value.map { Instant(microseconds: $0.microseconds) }
    }

    /// The thread as it stands after this message.
    ///
    /// - Parameter base: as deciding again has it, for what messages of before migration 3 do not say.
    func thread(_ base: HandoverThread?, at position: SourcePosition?) -> HandoverThread? {
        guard let recipient, let kind else { return nil }
        var thread =
            base
            ?? HandoverThread(
                id: stream, spell: spell, recipient: recipient, version: version, kind: kind, priority: priority,
                contentDigest: [], sentAt: sentAt, ackDueAt: ackDueAt)
        thread.version = version
        thread.kind = kind
        thread.priority = priority
        thread.sentAt = sentAt
        thread.position = position
        guard let contentDigest else { return thread }
        thread.contentDigest = contentDigest
        thread.ackDueAt = ackDueAt
        thread.contactDueAt = contactDueAt
        thread.clockFrom = clockFrom
        thread.ackFrom = ackFrom ?? 1
        return thread
    }

    /// The task as it stands after this message.
    func task(_ base: RaisedTask?, at position: SourcePosition?) -> RaisedTask? {
        guard let taskCode else { return nil }
        var task =
            base
            ?? RaisedTask(
                id: stream, code: taskCode, spell: spell, destination: destination, dueAt: ackDueAt ?? sentAt,
                priority: priority)
        task.version = version
        task.isOpen = !closes && !task.isBriefing
        task.position = position
        if !closes, let ackDueAt { task.dueAt = ackDueAt }
        return task
    }

    private var destination: OutboundDecision.Destination {
        let name = topic.split(separator: ".").last.map(String.init) ?? ""
        return topic.contains("prison.tasks.") ? .prisonTask(PrisonID(unchecked: name)) : .hubTask
    }
}
