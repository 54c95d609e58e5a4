import EventContracts
import FoundationEssentials
import HTTPTypes
import HandoverRules

/// The three answers that can be given.
enum ReplyKind: Sendable {
    case acknowledgement, engagement, resolution

    var type: String {
        switch self {
        case .acknowledgement: "throughgate.handover.acknowledged.v1"
        case .engagement: "throughgate.engagement.recorded.v1"
        case .resolution: "throughgate.task.resolved.v1"
        }
    }

    /// For the audit.
    var deed: String {
        switch self {
        case .acknowledgement: "ACKNOWLEDGE"
        case .engagement: "ENGAGE"
        case .resolution: "RESOLVE"
        }
    }

    /// For lists of what was sent.
    var word: String {
        switch self {
        case .acknowledgement: "ACKNOWLEDGEMENT"
        case .engagement: "ENGAGEMENT"
        case .resolution: "RESOLUTION"
        }
    }

    /// The field of the data that names what is answered.
    var subjectField: StaticString { self == .resolution ? "taskId" : "handoverId" }

    /// The field that says when it happened; now where it is left out. A resolution has none.
    var timeField: StaticString? {
        switch self {
        case .acknowledgement: "ackAt"
        case .engagement: "at"
        case .resolution: nil
        }
    }
}

/// An answer on its way to becoming an event: the caller's JSON with what the door knows put in front.
struct Reply: Sendable {
    let id: UUID
    private let kind: ReplyKind
    private let subject: String
    private let source: String
    private let time: String
    private let now: String
    private let data: [UInt8]

    /// - Parameters:
    ///   - id: the event's. The same id again is the same answer.
    ///   - now: when it was first given.
    init(_ kind: ReplyKind, subject: UUID, source: String, id: UUID, body: [UInt8], now: Instant) throws {
        self.kind = kind
        self.subject = subject.uuidString.lowercased()
        self.source = source
        self.now = RFC3339.utc(now)
        self.id = id
        let object = try Reply.object(body)
        if let named = object[kind.subjectField] {
            guard named.string?.lowercased() == self.subject else {
                throw Problem(
                    .badRequest, "FIELD_INVALID", "\(kind.subjectField): must be the one in the path, or absent",
                    field: "\(kind.subjectField)")
            }
        }
        let said = kind.timeField.flatMap { object[$0]?.string }
        // What is no time is refused with the data, under its own name.
        time = said.flatMap { (try? RFC3339.read($0).get()) == nil ? nil : $0 } ?? self.now
        data = Reply.completed(body, object, kind, self.subject, self.now)
    }

    /// The id that `Idempotency-Key` names, a UUID; a new one where there is none.
    static func id(ofKey key: String?) throws -> UUID {
        guard let key else { return UUID() }
        guard let id = UUID(uuidString: key) else {
            throw Problem(.badRequest, "FIELD_INVALID", "Idempotency-Key: must be a UUID", field: "Idempotency-Key")
        }
        return id
    }

    /// On the topic of its type, keyed by what it answers.
    func record(topics: Topics) -> OutboundRecord {
        OutboundRecord(
            topic: kind == .resolution ? topics.decisions : topics.communityResponses, key: Array(subject.utf8),
            value: data,
            headers: [
                RecordHeader("ce_specversion", "1.0"), RecordHeader("ce_id", id.uuidString.lowercased()),
                RecordHeader("ce_type", kind.type), RecordHeader("ce_source", source),
                RecordHeader("ce_subject", subject), RecordHeader("ce_time", time),
                RecordHeader("ce_recordedtime", now), RecordHeader("content-type", "application/json"),
            ])
    }

    private static func object(_ body: [UInt8]) throws -> JSONValue {
        do throws(JSONProblem) {
            let root = try JSONReader.read(body).root
            if case .object = root.content { return root }
        } catch let problem {
            throw Problem(.badRequest, "MALFORMED", "body: \(problem.words)", field: "body")
        }
        throw Problem(.badRequest, "MALFORMED", "body: must be a JSON object", field: "body")
    }

    /// The caller's members stay byte for byte; what is missing of subject and time comes before them.
    private static func completed(
        _ body: [UInt8], _ object: JSONValue, _ kind: ReplyKind, _ subject: String, _ now: String
    ) -> [UInt8] {
        var front: [String] = []
        if object[kind.subjectField] == nil { front.append(#""\#(kind.subjectField)":"\#(subject)""#) }
        if let field = kind.timeField, object[field] == nil { front.append(#""\#(field)":"\#(now)""#) }
        guard !front.isEmpty, let open = body.firstIndex(of: UInt8(ascii: "{")) else { return body }
        var isEmpty = false
        if case .object(let members) = object.content { isEmpty = members.isEmpty }
        let text = front.joined(separator: ",") + (isEmpty ? "" : ",")
        return Array(body[...open]) + Array(text.utf8) + Array(body[(open + 1)...])
    }
}

extension HTTPField.Name {
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!  // The text is a header name.
}
