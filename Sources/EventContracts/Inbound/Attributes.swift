import HandoverRules

/// The CloudEvents attributes that mean something here; others pass unread, as extensions may.
enum AttributeName: Int, CaseIterable {
    case specversion, id, type, source, subject, time, recordedtime, sequence, correctionof, correctionkind
    case datacontenttype

    var text: StaticString {
        switch self {
        case .specversion: "specversion"
        case .id: "id"
        case .type: "type"
        case .source: "source"
        case .subject: "subject"
        case .time: "time"
        case .recordedtime: "recordedtime"
        case .sequence: "sequence"
        case .correctionof: "correctionof"
        case .correctionkind: "correctionkind"
        case .datacontenttype: "datacontenttype"
        }
    }

    /// By header name of the Kafka binding; the name is `ce_` and the attribute's.
    init?(header: String) {
        // By length first: most headers are then told apart by one comparison.
        let name: AttributeName
        switch header.utf8.count {
        case 5: name = .id
        case 7: name = header == "ce_type" ? .type : .time
        case 9: name = .source
        case 10: name = .subject
        case 11: name = .sequence
        case 14: name = .specversion
        case 15: name = header == "ce_recordedtime" ? .recordedtime : .correctionof
        case 17: name = .correctionkind
        default: return nil
        }
        guard header == name.header else { return nil }
        self = name
    }

    private var header: String {
        switch self {
        case .specversion: "ce_specversion"
        case .id: "ce_id"
        case .type: "ce_type"
        case .source: "ce_source"
        case .subject: "ce_subject"
        case .time: "ce_time"
        case .recordedtime: "ce_recordedtime"
        case .sequence: "ce_sequence"
        case .correctionof: "ce_correctionof"
        case .correctionkind: "ce_correctionkind"
        // Not a header of the Kafka binding: there it is content-type.
        case .datacontenttype: ""
        }
    }
}

/// Attribute values as the bytes in which they came, whichever mode brought them.
struct Attributes {
    private var values: [[UInt8]?] = Array(repeating: nil, count: AttributeName.allCases.count)
    /// Whether any was given.
    private(set) var areGiven = false

    subscript(_ name: AttributeName) -> [UInt8]? {
        get { values[name.rawValue] }
        set {
            values[name.rawValue] = newValue
            areGiven = true
        }
    }

    /// The attribute as text; absent, null and empty are the same.
    func text(_ name: AttributeName) throws(Rejection) -> String? {
        guard let bytes = self[name], !bytes.isEmpty else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Rejection(.malformed, "\(name.text): must be UTF-8")
        }
        return text
    }

    /// The attribute read as a field's value, nil where it is absent.
    func optional<V: FieldValue>(_ name: AttributeName, as type: V.Type = V.self) throws(Rejection) -> V? {
        guard let text = try text(name) else { return nil }
        do throws(FieldRule) {
            return try V(primitive: .text(text))
        } catch {
            throw Rejection("\(name.text)", error)
        }
    }

    func required<V: FieldValue>(_ name: AttributeName, as type: V.Type = V.self) throws(Rejection) -> V {
        guard let value = try optional(name, as: type) else { throw Rejection("\(name.text)", .missing) }
        return value
    }
}

extension Rejection {
    /// A broken field rule, under the code that the rule calls for.
    init(_ field: String, _ rule: FieldRule) {
        let reason: RejectionReason =
            switch rule {
            case .unknownCode: .unknownCode
            case .naiveTime: .timeNaive
            case .invalid, .missing: .fieldInvalid
            }
        self.init(reason, "\(field): \(rule.words)")
    }
}
