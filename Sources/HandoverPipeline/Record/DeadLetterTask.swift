import Crypto
public import EventContracts
import ExactlyOnceKafka
public import FoundationEssentials
public import HandoverRules
public import Postgres

/// The task of a webhook that was given up: somebody phones the recipient, whose system does not take the handover. It
/// stands in `webhook_task`, beside `message` (decision 0013), and goes to `hub.tasks` through the outbox, in the
/// transaction that makes the dead letter: none of the three is without the others. It closes when the version is
/// delivered after all, or by a task.resolved.
public struct DeadLetterTask: Sendable {
    public let handover: UUID
    public let version: Int32
    public let recipient: String
    public let priority: Priority?
    public let spell: UUID

    /// - Parameter version: of the handover, the one that was not taken.
    public init(handover: UUID, version: Int32, recipient: String, priority: Priority?, spell: UUID) {
        self.handover = handover
        self.version = version
        self.recipient = recipient
        self.priority = priority
        self.spell = spell
    }

    /// Of a row of handover, its version, recipient, priority and spell.
    public init(row: PostgresRow) throws {
        let priority: Int16? = try row[3]
        self.init(
            handover: try row[0], version: try row[1], recipient: try row[2],
            priority: priority.flatMap { Priority(rawValue: Int($0)) }, spell: try row[4])
    }

    /// The same for the same version, whoever raises it.
    public var id: UUID {
        let name = "throughgate webhook dead letter\n\(handover.lowercaseText)/\(version)"
        return DerivedID.version8(SHA256.hash(data: Array(name.utf8)))
    }

    /// Raises the task in the open transaction, again where it was closed; nothing while it is open.
    public func raise(now: Instant, topics: Topics, on session: PostgresConnection) throws {
        let before = try session.query(DeadLetterSQL.standing(id)).first
        if let before, !(try before[1] as Bool) { return }
        var more: [BodyValue.Field] = []
        if let priority { more.append(.init("priority", .text(priority.text))) }
        more += [
            .init("handoverId", .text(handover.lowercaseText)), .init("providerId", .text(recipient)),
            .init("sentAt", .text(RFC3339.london(now))), .init("dueAt", .text(RFC3339.london(now))),
        ]
        let last = try before.map { Int(try $0[0] as Int32) } ?? 0
        try put("OPEN", last + 1, more, now, topics, session)
    }

    /// Closes the task in the open transaction; nothing when somebody closed it before.
    /// - Parameter outcome: of a task.resolved, or why it is not needed any more.
    public func close(outcome: String, now: Instant, topics: Topics, on session: PostgresConnection) throws {
        guard let before = try session.query(DeadLetterSQL.standing(id)).first, !(try before[1] as Bool) else { return }
        let more: [BodyValue.Field] = [
            .init("outcome", .text(outcome)), .init("sentAt", .text(RFC3339.london(now))),
        ]
        try put("CLOSED", Int(try before[0] as Int32) + 1, more, now, topics, session)
    }

    private func put(
        _ state: String, _ number: Int, _ more: [BodyValue.Field], _ now: Instant, _ topics: Topics,
        _ session: PostgresConnection
    ) throws {
        let body: [BodyValue.Field] = [
            .init("taskId", .text(id.lowercaseText)), .init("code", .text(TaskCode.phoneNow.rawValue)),
            .init("state", .text(state)),
        ]
        let decision = OutboundDecision(
            destination: .hubTask, id: id, version: number, kind: nil, priority: priority,
            taskCode: TaskCode.phoneNow.rawValue, sentAt: now, ackDueAt: nil, spell: spell,
            body: .object(body + more), predecessor: nil)
        let message = OutboundMessage(HandoverEncoder(topics: topics).record(of: decision))
        try session.execute(DeadLetterSQL.replace(id))
        try session.execute(
            DeadLetterSQL.insert(self, number, closes: state == "CLOSED", at: now, message))
        try Outbox.put(message, on: session)
    }
}

/// SQL of the tasks of dead letters.
enum DeadLetterSQL {
    /// What stands of a task, held until the transaction ends: hub and courier close it one after the other.
    static func standing(_ id: UUID) -> SQL {
        .named(
            "webhook.task.standing",
            "select version, closes from webhook_task where task_id = \(id) and is_current for update")
    }

    static func replace(_ id: UUID) -> SQL {
        .named(
            "webhook.task.replace", "update webhook_task set is_current = false where task_id = \(id) and is_current")
    }

    static func insert(
        _ task: DeadLetterTask, _ number: Int, closes: Bool, at: Instant, _ message: OutboundMessage
    ) -> SQL {
        let due = closes ? nil : at.postgres, priority = task.priority.map { Int16($0.rawValue) }
        return .named(
            "webhook.task.insert",
            """
            insert into webhook_task (task_id, version, handover, handover_version, recipient_id, priority, spell,
                closes, is_current, sent_at, due_at, topic, headers, body)
            values (\(task.id), \(Int32(number)), \(task.handover), \(task.version), \(task.recipient), \(priority),
                \(task.spell), \(closes), true, \(at.postgres), \(due), \(message.topic),
                \(HeaderBytes.encode(message.headers)), \(message.value ?? []))
            """)
    }

    static func find(_ ids: [UUID]) -> SQL {
        .named(
            "webhook.task.find",
            """
            select handover, handover_version, recipient_id, priority, spell from webhook_task
            where task_id = any(\(ids)) and is_current order by task_id
            """)
    }
}

/// An answer to a task that is about nobody.
struct TaskAnswer: Sendable {
    var task: UUID
    var outcome: String
    var at: Instant
}

extension Ledger {
    /// Closes, in the batch's own transaction, the tasks of dead letters that events taken in it answer. Rare: a round
    /// trip or two each.
    func closeDeadLetterTasks(_ answers: [TaskAnswer], _ topics: Topics) throws {
        let outcomes = Dictionary(answers.map { ($0.task, $0) }, uniquingKeysWith: { first, _ in first })
        try using { session in
            for row in try session.query(DeadLetterSQL.find(outcomes.keys.sorted())) {
                let task = try DeadLetterTask(row: row)
                guard let answer = outcomes[task.id] else { continue }
                try task.close(outcome: answer.outcome, now: answer.at, topics: topics, on: session)
            }
        }
    }
}
