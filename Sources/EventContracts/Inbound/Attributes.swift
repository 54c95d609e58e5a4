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
        switch header {
        case "ce_id": self = .id
        case "ce_type": self = .type
        case "ce_time": self = .time
        case "ce_source": self = .source
        case "ce_subject": self = .subject
        case "ce_specversion": self = .specversion
        case "ce_recordedtime": self = .recordedtime
        case "ce_sequence": self = .sequence
        case "ce_correctionof": self = .correctionof
        case "ce_correctionkind": self = .correctionkind
        default: return nil
        }
    }
}

/// Attribute values as the bytes in which they came, whichever mode brought them.
struct Attributes {
    private var values: [[UInt8]?] = Array(repeating: nil, count: AttributeName.allCases.count)

    subscript(_ name: AttributeName) -> [UInt8]? {
        get { values[name.rawValue] }
        set { values[name.rawValue] = newValue }
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
