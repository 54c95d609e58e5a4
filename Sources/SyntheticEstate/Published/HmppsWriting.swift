import HandoverRules

/// Writes HMPPS domain events as `prison-offender-events` does. The hub never writes one, so EventContracts has no
/// writer for them; the simulation plays the publisher. All values are ASCII without quotes or backslashes.
enum HmppsWriting {
    /// A release, a reception, a merge or a moved booking; nil for any other event, which HMPPS does not announce in
    /// this form.
    static func record(_ event: Event, inSNS: Bool, messageID: String) -> WrittenRecord? {
        let type: String, information: String
        switch event.payload {
        case .releaseActual(let p):
            type = "released"
            information = movement(
                event, prison: p.prison, reason: p.hmppsReason?.rawValue ?? "RELEASED", code: p.movementReason,
                outside: true)
        case .custodyReceived(let p):
            type = "received"
            information = movement(
                event, prison: p.prison, reason: p.reason.rawValue, code: p.movementReason, outside: false)
        case .identityMerged(let p):
            type = "merged"
            let removed = p.removed.map { #","removedNomsNumber":"\#($0.text)""# } ?? ""
            information = #""nomsNumber":"\#(p.surviving.text)"\#(removed),"reason":"MERGE""#
        case .bookingMoved(let p):
            type = "booking.moved"
            information =
                #""bookingId":"\#(p.booking.value)","movedFromNomsNumber":"\#(p.from.text)","#
                + #""movedToNomsNumber":"\#(p.to.text)""#
        default: return nil
        }
        let body = text(event, type: type, information)
        let value = inSNS ? wrapped(body, type: type, event: event, messageID: messageID) : body
        return WrittenRecord(
            key: event.subject.text, headers: [.init("content-type", "application/json")], value: Array(value.utf8))
    }

    private static func text(_ event: Event, type: String, _ information: String) -> String {
        #"{"eventType":"prison-offender-events.prisoner.\#(type)","version":1,"#
            + #""description":"A prisoner has been \#(type)","occurredAt":"\#(RFC3339.london(event.occurredAt))","#
            + #""publishedAt":"\#(nanoseconds(event.publishedAt))","personReference":{"identifiers":[{"type":"NOMS","#
            + #""value":"\#(event.subject.text)"}]},"additionalInformation":{\#(information)}}"#
    }

    private static func movement(
        _ event: Event, prison: PrisonID, reason: String, code: MovementReasonCode?, outside: Bool
    ) -> String {
        let code = code.map { #","nomisMovementReasonCode":"\#($0.text)""# } ?? ""
        return #""nomsNumber":"\#(event.subject.text)","prisonId":"\#(prison.text)","reason":"\#(reason)"\#(code),"#
            + (outside
                ? #""currentLocation":"OUTSIDE_PRISON","currentPrisonStatus":"NOT_UNDER_PRISON_CARE""#
                : #""currentLocation":"IN_PRISON","currentPrisonStatus":"UNDER_PRISON_CARE""#)
    }

    private static func wrapped(_ body: String, type: String, event: Event, messageID: String) -> String {
        let quoted = body.replacing("\"", with: "\\\"")
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
