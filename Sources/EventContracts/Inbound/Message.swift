import HandoverRules

/// A record's content by the form in which it came.
enum Message {
    /// Attributes from `ce_` headers, the value is the data.
    case binary(Attributes, JSONDocument)
    /// The value is the whole event (`application/cloudevents+json`).
    case structured(JSONDocument)
    /// No CloudEvents: an HMPPS domain event, bare or in an SNS notification.
    case foreign(JSONDocument)

    init(headers: [RecordHeader], value: [UInt8]) throws(Rejection) {
        let (attributes, contentType) = try Message.attributes(headers)
        let mediaType = contentType.map(Message.mediaType) ?? ""
        if mediaType.hasPrefix("application/cloudevents") {
            guard mediaType == "application/cloudevents+json" else {
                throw Rejection(.malformed, "content-type: must be application/cloudevents+json or application/json")
            }
            self = .structured(try Message.document(value))
            return
        }
        try Message.requireJSON(mediaType, "content-type")
        if attributes.areGiven {
            self = .binary(attributes, try Message.document(value))
        } else {
            self = .foreign(try Message.document(value))
        }
    }

    func decoded() throws(Rejection) -> DecodedEvent {
        switch self {
        case .binary(let attributes, let document): try CloudEvent(attributes).decoded(document, data: 0)
        case .structured(let document): try StructuredEvent(document).decoded()
        case .foreign(let document): try HmppsEvent(unwrapping: document).decoded()
        }
    }

    /// The text as JSON, or MALFORMED with the place of the first problem.
    static func document(_ bytes: [UInt8], named part: StaticString = "value") throws(Rejection) -> JSONDocument {
        do throws(JSONProblem) {
            return try JSONReader.read(bytes)
        } catch {
            throw Rejection(.malformed, "\(part): \(error.words)")
        }
    }

    static func requireJSON(_ mediaType: String, _ field: StaticString) throws(Rejection) {
        guard mediaType.isEmpty || mediaType == "application/json" || mediaType.hasSuffix("+json") else {
            throw Rejection(.malformed, "\(field): must be application/json")
        }
    }

    /// `application/json` of `Application/JSON; charset=utf-8`.
    static func mediaType(_ bytes: [UInt8]) -> String {
        let type = bytes.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }.prefix(100)
        return String(decoding: type, as: UTF8.self).lowercased()
    }

    private static func attributes(
        _ headers: [RecordHeader]
    ) throws(Rejection) -> (attributes: Attributes, contentType: [UInt8]?) {
        var attributes = Attributes()
        var contentType: [UInt8]?
        for header in headers {
            if let name = AttributeName(header: header.name) {
                guard attributes[name] == nil else {
                    throw Rejection(.malformed, "\(name.text): must not be repeated")
                }
                attributes[name] = header.value
            } else if header.name == "content-type" {
                contentType = header.value
            }
        }
        return (attributes, contentType)
    }
}
