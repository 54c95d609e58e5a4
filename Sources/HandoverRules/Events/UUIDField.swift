public import FoundationEssentials

/// An event's id as a field (`correctionOf`).
extension UUID: FieldValue {
    public static var blank: UUID { UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)) }
    public var primitive: Primitive { .text(lowercaseText) }
    public init(primitive: Primitive) throws(FieldRule) {
        guard case .text(let text) = primitive, let id = UUID(uuidString: text) else {
            throw .invalid("must be a UUID")
        }
        self = id
    }
}
