import HandoverRules

/// One thing that happens in a story, before it has an id and a place in the stream.
struct Draft: Sendable {
    var occurredAt: Instant
    /// nil: part of what a prison already held, published in the first night of the simulation.
    var publishedAt: Instant?
    var payload: Payload
    /// The publishing system, last part of the CloudEvents source.
    var system: String
    var telling = Situation.Telling.cloudEvent
}

/// What a story needs to know.
struct Setting: Sendable {
    var plan: EstatePlan
    var prison: PrisonID
    var area: HomeArea
    /// Another area, where a person without an abode belongs.
    var otherArea: HomeArea
    var postcode: Postcode
    /// Unique within the estate; names plans, kits and assessments.
    var index: Int

    func label(_ prefix: String) -> Label { Label(unchecked: "\(prefix)-\(index)") }
    var kit: Label {
        let digits = String(index)
        return Label(unchecked: "\(prison.text)-26-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits)
    }
}
