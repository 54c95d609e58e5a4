public import FoundationEssentials
public import HandoverRules

/// The task EVENT_REJECTED: a prison is told that an event of its own was not taken, and why (contract.md §5, §7;
/// domain.md §7.3). It says field and rule, never the value, and names nobody. Wanted until an event of that id is
/// taken, the record is discarded, or somebody resolves it.
public struct RejectionTask: Sendable, Hashable {
    public static let code = "EVENT_REJECTED"
    /// What was not taken is not known to the hub: within a day somebody looks.
    public static let due = Span.hours(24)

    /// The same for every refusal of the same event; for a record without a readable id, of that record.
    public let id: UUID
    /// Whose event it is, by `source`, or by `prisonId` of an HMPPS event.
    public let prison: PrisonID
    /// nil where none can be read, or the source gives none.
    public let eventID: UUID?
    public let reason: RejectionReason
    /// The field at fault, at most ``fieldMax`` bytes; nil where the whole record is.
    public let field: String?
    /// What the field must be, at most ``ruleMax`` bytes.
    public let rule: String

    static let fieldMax = 64
    static let ruleMax = 200

    /// nil where nothing says whose event it is. Reads no value of a record that kills its reader, and none that is
    /// larger than any event.
    public init?(_ record: InboundRecord, _ rejection: Rejection) {
        let origin = Origin(record, readsValue: rejection.reason != .poison)
        guard let prison = origin.prison else { return nil }
        self.prison = prison
        eventID = origin.id
        reason = rejection.reason
        let cut = rejection.detail.firstIndex(of: ":")
        field = cut.map { RejectionTask.bounded(rejection.detail[..<$0], RejectionTask.fieldMax) }
        let rest = cut.map { rejection.detail[rejection.detail.index(after: $0)...].drop { $0 == " " } }
        rule = RejectionTask.bounded(rest ?? rejection.detail[...], RejectionTask.ruleMax)
        let place = "\(record.topic)/\(record.partition)/\(record.offset)"
        id = DerivedID.version5(["event.rejected", prison.text, origin.id.map(UUIDText.write) ?? place])
    }

    /// The message that raises it.
    public func opened(version: Int, at instant: Instant, topics: Topics) -> OutboundRecord {
        var writer = head("OPEN")
        writer.name("prisonId")
        writer.string(prison.text)
        if let eventID {
            writer.name("eventId")
            writer.string(UUIDText.write(eventID))
        }
        writer.name("reason")
        writer.string(reason.rawValue)
        if let field {
            writer.name("field")
            writer.string(field)
        }
        writer.name("rule")
        writer.string(rule)
        writer.name("sentAt")
        writer.string(RFC3339.london(instant))
        writer.name("dueAt")
        writer.string(RFC3339.london(instant + RejectionTask.due))
        writer.endObject()
        return RejectionTask.record(id, prison, version, instant, writer.bytes, topics)
    }

    private func head(_ state: String) -> JSONWriter { RejectionTask.head(id, state) }

    /// The message that closes the task of this id.
    /// - Parameter outcome: DONE, NOT_NEEDED, PASSED_ON, or CAUSE_ENDED.
    public static func closed(
        _ id: UUID, of prison: PrisonID, outcome: String, version: Int, at instant: Instant, topics: Topics
    ) -> OutboundRecord {
        var writer = head(id, "CLOSED")
        writer.name("outcome")
        writer.string(outcome)
        writer.name("sentAt")
        writer.string(RFC3339.london(instant))
        writer.endObject()
        return record(id, prison, version, instant, writer.bytes, topics)
    }

    private static func head(_ id: UUID, _ state: String) -> JSONWriter {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in [("taskId", UUIDText.write(id)), ("code", code), ("state", state)] {
            writer.name(name)
            writer.string(value)
        }
        return writer
    }

    private static func record(
        _ id: UUID, _ prison: PrisonID, _ version: Int, _ instant: Instant, _ body: [UInt8], _ topics: Topics
    ) -> OutboundRecord {
        let text = UUIDText.write(id)
        return OutboundRecord(
            topic: topics.tasks(of: prison), key: Array(text.utf8), value: body,
            headers: [
                RecordHeader("ce_specversion", "1.0"), RecordHeader("ce_id", "\(text)/\(version)"),
                RecordHeader("ce_type", "throughgate.task.escalated.v1"), RecordHeader("ce_source", "/hub"),
                RecordHeader("ce_subject", text), RecordHeader("ce_time", RFC3339.utc(instant)),
                RecordHeader("content-type", "application/json"),
            ])
    }

    private static func bounded(_ text: Substring, _ max: Int) -> String {
        text.utf8.count <= max ? String(text) : String(decoding: text.utf8.prefix(max - 3), as: UTF8.self) + "..."
    }
}

/// Where a refused record came from, as far as it can be read.
private struct Origin {
    var prison: PrisonID?
    var id: UUID?

    init(_ record: InboundRecord, readsValue: Bool) {
        read(
            source: record.headers.last { $0.name == "ce_source" }?.value,
            id: record.headers.last { $0.name == "ce_id" }?.value)
        guard prison == nil, readsValue, let value = record.value, value.count <= EventDecoder.valueBytesMax,
            let root = try? JSONReader.read(value).root
        else { return }
        read(source: root["source"]?.string.map { Array($0.utf8) }, id: root["id"]?.string.map { Array($0.utf8) })
        if prison == nil { readHmpps(root) }
    }

    private mutating func read(source: [UInt8]?, id: [UInt8]?) {
        guard let source, let name = try? SourceName(source), let prison = name.prison else { return }
        self.prison = prison
        self.id = id.flatMap { UUIDText.read($0) }
    }

    /// Bare, or as the text inside an SNS notification.
    private mutating func readHmpps(_ root: JSONValue) {
        if let message = root["Message"]?.string, let inner = try? JSONReader.read(Array(message.utf8)).root {
            return readHmpps(bare: inner)
        }
        readHmpps(bare: root)
    }

    private mutating func readHmpps(bare root: JSONValue) {
        guard root["eventType"]?.string != nil else { return }
        prison = root["additionalInformation"]?["prisonId"]?.string.flatMap { PrisonID($0) }
    }
}
