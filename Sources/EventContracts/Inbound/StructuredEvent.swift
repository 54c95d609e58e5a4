import HandoverRules

/// The CloudEvents JSON format: attributes and data in one object.
struct StructuredEvent {
    private let document: JSONDocument
    private var attributes = Attributes()
    private var data: Int?

    init(_ document: JSONDocument) throws(Rejection) {
        self.document = document
        guard document.nodes[0].kind == .object else { throw Rejection(.malformed, "value: must be a JSON object") }
        if document.member("data_base64", of: 0) != nil {
            throw Rejection(.malformed, "data_base64: data must be JSON")
        }
        data = document.member("data", of: 0)
        for name in AttributeName.allCases {
            guard let index = document.member(name.text, of: 0) else { continue }
            attributes[name] = try text(name, index)
        }
    }

    func decoded() throws(Rejection) -> DecodedEvent {
        if let type = try attributes.text(.datacontenttype) {
            try Message.requireJSON(Message.mediaType(Array(type.utf8)), "datacontenttype")
        }
        let event = try CloudEvent(attributes)
        guard let data else { throw Rejection(.malformed, "data: must be a JSON object") }
        var decoded = try event.decoded(document, data: data)
        decoded.trace = trace
        return decoded
    }

    private var trace: TraceParent? {
        guard let index = document.member("traceparent", of: 0), document.nodes[index].kind == .string else {
            return nil
        }
        return TraceParent(document.utf8(at: index))
    }

    private func text(_ name: AttributeName, _ index: Int) throws(Rejection) -> [UInt8]? {
        switch document.nodes[index].kind {
        case .null: return nil
        case .string: return document.utf8(at: index)
        case .integer where name == .sequence, .fraction where name == .sequence:
            guard let number = document.integer(at: index) else {
                throw Rejection(.fieldInvalid, "sequence: must be a 64-bit whole number")
            }
            return Array(String(number).utf8)
        default: throw Rejection(.fieldInvalid, "\(name.text): must be a string")
        }
    }
}
