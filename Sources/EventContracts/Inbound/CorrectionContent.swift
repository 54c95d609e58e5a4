import FoundationEssentials
import HandoverRules

extension EventContent {
    /// The data of a `record.corrected`: which event, how, and what takes its place (domain.md §7.2).
    /// - Parameter said: what the attributes say of the same, if anything; both must agree.
    init(
        correcting document: JSONDocument, _ data: Int, _ id: UUID, said: Correction?
    ) throws(Rejection) {
        var common = CommonFields()
        var fields = CorrectionFields()
        var reader = JSONFieldReader(document, object: data)
        let object: Int?
        do throws(FieldProblem) {
            try common.visit(&reader)
            try fields.visit(&reader)
            object = try reader.object("replacement")
        } catch {
            throw Rejection("data.\(error.field)", error.rule)
        }
        guard fields.of != id else { throw Rejection(.fieldInvalid, "data.correctionOf: must be another event") }
        if let said, said.of != fields.of || said.kind != fields.kind {
            throw Rejection(.fieldInvalid, "correctionof: must be the correction in data")
        }
        let type = try fields.correctedType.map { (name) throws(Rejection) in try name.correctable() }
        switch (fields.kind, object) {
        case (.void, .some):
            throw Rejection(.fieldInvalid, "data.replacement: may only be given with AMEND")
        case (.amend, nil): throw Rejection("data.replacement", .missing)
        case (.void, nil):
            var void = RecordCorrected()
            void.reason = fields.reason
            payload = .recordCorrected(void)
            unknownFields = reader.unknownFields
            booking = common.booking
            recordedBy = common.recordedBy
        case (.amend, .some(let object)):
            let content = try EventContent.replacement(document, object, type)
            payload = content.payload
            unknownFields = reader.unknownFields + content.unknownFields
            booking = content.booking ?? common.booking
            recordedBy = common.recordedBy ?? content.recordedBy
            reason = fields.reason
            replacement = object
        }
        correctedType = type
        correction = Correction(of: fields.of, kind: fields.kind, keepsTime: fields.kind == .amend)
    }

    /// What takes the place of the corrected event's data. Without a type it must be plain of which type it is: the one
    /// whose fields it has, and no others.
    private static func replacement(
        _ document: JSONDocument, _ object: Int, _ type: EventType?
    ) throws(Rejection) -> EventContent {
        if let type {
            do throws(Rejection) {
                return try EventContent(document, object, type, nil)
            } catch {
                let rest = error.detail.dropFirst("data".count)
                throw Rejection(error.reason, "data.replacement\(rest)")
            }
        }
        var found: [EventContent] = []
        for type in EventType.allCases where type.isCorrectable {
            guard let content = try? EventContent(document, object, type, nil), content.unknownFields == 0 else {
                continue
            }
            found.append(content)
        }
        guard found.count == 1 else {
            throw Rejection(
                .fieldInvalid,
                found.isEmpty
                    ? "data.replacement: must have the fields of one event type"
                    : "data.replacement: fits several event types; correctedType must name one")
        }
        return found[0]
    }
}

extension EventType {
    /// Whether an event of this type can be corrected, or correct by attributes: not the hub's own timers, nor what is
    /// never kept, nor `record.corrected`, which carries its correction in its data.
    var isCorrectable: Bool {
        switch self {
        case .timerFired, .referenceChanged, .recordCorrected: false
        default: true
        }
    }
}

/// Fields of a `record.corrected` beside the replacement.
struct CorrectionFields: FieldGroup {
    var of = UUID.blank
    var kind = CorrectionKind.blank
    var reason: FreeText?
    var correctedType: EventTypeName?

    mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("correctionOf", &of)
        try v.required("kind", &kind)
        try v.optional("reason", &reason)
        try v.optional("correctedType", &correctedType)
    }
}

/// The name of an event type as a field, `release.actual`.
struct EventTypeName: PatternText {
    static let rule: StaticString = "must be the name of an event type"
    let text: String
    init(unchecked text: String) { self.text = text }
    static func accepts(_ b: UnsafeBufferPointer<UInt8>) -> Bool {
        (1...64).contains(b.count) && b.allSatisfy { (97...122).contains($0) || $0 == 46 || $0 == 95 }
    }

    /// The type, where events of it can be corrected.
    func correctable() throws(Rejection) -> EventType {
        guard let type = EventType(rawValue: text) else {
            throw Rejection(.unknownType, "data.correctedType: is not a published event type")
        }
        guard type.isCorrectable else {
            throw Rejection(.fieldInvalid, "data.correctedType: an event of this type can't be corrected")
        }
        return type
    }
}
