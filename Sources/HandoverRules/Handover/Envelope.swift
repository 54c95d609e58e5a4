import FoundationEssentials

/// The bodies that leave (domain.md §7.3): content within its envelope, stand-downs, tasks.
enum Envelope {
    static func handover(
        _ thread: HandoverThread, _ content: HandoverContent, dq: [String], _ rules: Rulebook
    ) -> BodyValue {
        var fields: [BodyValue.Field] = []
        fields.reserveCapacity(content.fields.count + 11)
        head(thread, &fields)
        if let priority = thread.priority { fields.append(.init("priority", .text(priority.text))) }
        fields.append(.init("sentAt", .text(RFC3339.london(thread.sentAt))))
        if let due = thread.ackDueAt { fields.append(.init("ackDueAt", .text(RFC3339.london(due)))) }
        if let due = thread.contactDueAt, Disclosure.allowed(thread.recipient.kind).contains(.health) {
            fields.append(.init("contactDueAt", .text(RFC3339.london(due))))
        }
        fields.append(contentsOf: content.fields)
        fields.append(.init("dq", .list(dq.map { .text($0) })))
        fields.append(.init("say", .object(say(content, rules))))
        return .object(fields)
    }

    /// Exactly what is needed to stop, and nothing of the person.
    static func standDown(_ thread: HandoverThread, reason: Reason) -> BodyValue {
        var fields: [BodyValue.Field] = []
        head(thread, &fields)
        fields.append(.init("reason", .text(reason.rawValue)))
        fields.append(.init("sentAt", .text(RFC3339.london(thread.sentAt))))
        return .object(fields)
    }

    /// A task's opening message.
    static func task(_ task: RaisedTask, sentAt: Instant, _ more: [BodyValue.Field]) -> BodyValue {
        var fields: [BodyValue.Field] = [
            .init("taskId", .text(task.id.lowercaseText)), .init("code", .text(task.code)),
            .init("state", .text("OPEN")),
        ]
        if let priority = task.priority { fields.append(.init("priority", .text(priority.text))) }
        fields.append(contentsOf: more)
        fields.append(.init("sentAt", .text(RFC3339.london(sentAt))))
        fields.append(.init("dueAt", .text(RFC3339.london(task.dueAt))))
        return .object(fields)
    }

    /// Its closing one: exactly what is needed to strike it off.
    static func closed(_ task: RaisedTask, _ outcome: Reason, sentAt: Instant) -> BodyValue {
        .object([
            .init("taskId", .text(task.id.lowercaseText)), .init("code", .text(task.code)),
            .init("state", .text("CLOSED")), .init("outcome", .text(outcome.rawValue)),
            .init("sentAt", .text(RFC3339.london(sentAt))),
        ])
    }

    private static func head(_ thread: HandoverThread, _ fields: inout [BodyValue.Field]) {
        fields.append(.init("handoverId", .text(thread.id.lowercaseText)))
        fields.append(.init("version", .int(thread.version)))
        if thread.version > 1 { fields.append(.init("supersedes", .int(thread.version - 1))) }
        fields.append(.init("kind", .text(thread.kind.rawValue)))
    }

    /// The words of every code in the body, so that a reader of the bare message has them (contract.md §6).
    private static func say(_ content: HandoverContent, _ rules: Rulebook) -> [BodyValue.Field] {
        rules.catalogue.say(content.messages, content.actions, language: content.language, product: content.product)
    }
}
