public import HandoverRules

/// Handovers and tasks to bytes: binary-mode CloudEvents (contract.md §6). Nothing in headers or key speaks of a
/// person; what the body may say was decided by disclosure before.
public struct HandoverEncoder: Sendable {
    private let topics: Topics

    public init(topics: Topics) { self.topics = topics }

    /// The same decision always gives the same bytes.
    /// - Parameter trace: of the event that caused it.
    public func record(of decision: OutboundDecision, following trace: TraceParent? = nil) -> OutboundRecord {
        let id = UUIDText.write(decision.id)
        var record = OutboundRecord(
            topic: topics.outbound(decision.destination), key: Array(id.utf8),
            value: HandoverEncoder.body(decision.body),
            headers: [
                RecordHeader("ce_specversion", "1.0"),
                RecordHeader("ce_id", "\(id)/\(decision.version)"),
                RecordHeader("ce_type", HandoverEncoder.type(of: decision)),
                RecordHeader("ce_source", "/hub"),
                RecordHeader("ce_subject", id),
                RecordHeader("ce_time", RFC3339.utc(decision.sentAt)),
                RecordHeader("content-type", "application/json"),
            ])
        if let trace { record.headers.append(RecordHeader("ce_traceparent", trace.text)) }
        return record
    }

    /// `throughgate.handover.drug-service.v1` and its like; a task is `throughgate.task.escalated.v1`, but for the
    /// briefing that goes ahead of a transferred person (domain.md §7.3).
    public static func type(of decision: OutboundDecision) -> String {
        switch decision.destination {
        case .handover(let recipient): "throughgate.handover.\(Topics.family(of: recipient.kind)).v1"
        case .prisonTask, .hubTask:
            decision.taskCode == transferBriefing ? "throughgate.transfer.briefing.v1" : "throughgate.task.escalated.v1"
        }
    }

    /// The code of a task that is a transfer briefing.
    private static let transferBriefing = "TRANSFER_BRIEFING"

    /// A body as JSON, members in the order in which the tree has them.
    public static func body(_ value: BodyValue) -> [UInt8] {
        var writer = JSONWriter(capacity: 2048)
        writer.body(value)
        return writer.bytes
    }
}

extension JSONWriter {
    mutating func body(_ value: BodyValue) {
        switch value {
        case .text(let text): string(text)
        case .int(let number): int(Int64(number))
        case .bool(let flag): bool(flag)
        case .list(let values):
            beginArray()
            for value in values { body(value) }
            endArray()
        case .object(let fields):
            beginObject()
            for field in fields {
                name(field.name)
                body(field.value)
            }
            endObject()
        }
    }
}
