import HandoverRules

/// Writes HMPPS domain events as `prison-offender-events` does. The hub never writes one, so EventContracts has no
/// writer for them; the simulation plays the publisher. All values are ASCII without quotes or backslashes.
enum HmppsWriting {
    /// A release or a reception; nil for any other event, which HMPPS does not announce in this form.
    static func record(_ event: Event, inSNS: Bool, messageID: String) -> WrittenRecord? {
        let body: String
        switch event.payload {
        case .releaseActual(let p):
            body = text(
                event, type: "released", prison: p.prison, reason: p.hmppsReason?.rawValue ?? "RELEASED",
                movement: p.movementReason, outside: true)
        case .custodyReceived(let p):
            body = text(
                event, type: "received", prison: p.prison, reason: p.reason.rawValue, movement: p.movementReason,
                outside: false)
        default: return nil
        }
        let value = inSNS ? wrapped(body, event: event, messageID: messageID) : body
        return WrittenRecord(
            key: event.subject.text, headers: [.init("content-type", "application/json")], value: Array(value.utf8))
    }

    private static func text(
        _ event: Event, type: String, prison: PrisonID, reason: String, movement: MovementReasonCode?, outside: Bool
    ) -> String {
        let code = movement.map { #","nomisMovementReasonCode":"\#($0.text)""# } ?? ""
        return #"{"eventType":"prison-offender-events.prisoner.\#(type)","version":1,"#
            + #""description":"A prisoner has been \#(type)","occurredAt":"\#(RFC3339.london(event.occurredAt))","#
            + #""publishedAt":"\#(nanoseconds(event.publishedAt))","personReference":{"identifiers":[{"type":"NOMS","#
            + #""value":"\#(event.subject.text)"}]},"additionalInformation":{"nomsNumber":"\#(event.subject.text)","#
            + #""prisonId":"\#(prison.text)","reason":"\#(reason)"\#(code),"currentLocation":"#
            + (outside
                ? #""OUTSIDE_PRISON","currentPrisonStatus":"NOT_UNDER_PRISON_CARE"}}"#
                : #""IN_PRISON","currentPrisonStatus":"UNDER_PRISON_CARE"}}"#)
    }

    private static func wrapped(_ body: String, event: Event, messageID: String) -> String {
        let quoted = body.replacing("\"", with: "\\\"")
        let type = if case .releaseActual = event.payload { "released" } else { "received" }
        return #"{"Type":"Notification","MessageId":"\#(messageID)","TopicArn":"arn:aws:sns:eu-west-2:0:synthetic","#
            + #""Message":"\#(quoted)","Timestamp":"\#(RFC3339.utc(event.publishedAt))","MessageAttributes":{"#
            + #""eventType":{"Type":"String","Value":"prison-offender-events.prisoner.\#(type)"}}}"#
    }

    /// Nine fractional digits with the local offset, as the real publisher writes its publishedAt.
    private static func nanoseconds(_ instant: Instant) -> String {
        let whole = RFC3339.london(Instant(milliseconds: instant.milliseconds / 1_000 * 1_000))
        let micros = Int(instant.microseconds % 1_000_000)
        let digits = String(repeating: "0", count: 6 - String(micros).count) + String(micros)
        return "\(whole.prefix(19)).\(digits)000\(whole.dropFirst(19))"
    }
}
