import EventContracts
import Foundation
import Gateway
import HandoverRules

/// One delivery of the sandbox: a CloudEvent about somebody who does not exist.
struct StagedMessage {
    /// The handover it is about, and the version it says it is.
    var handover: UUID
    var version: Int
    var type: String
    var body: String

    var id: String { "\(handover.uuidString.lowercased())/\(version)" }

    func headers(sentAt: String) -> [RecordHeader] {
        let subject = handover.uuidString.lowercased()
        return [
            RecordHeader("ce_specversion", "1.0"), RecordHeader("ce_id", id), RecordHeader("ce_type", type),
            RecordHeader("ce_source", "/hub"), RecordHeader("ce_subject", subject), RecordHeader("ce_time", sentAt),
            RecordHeader("content-type", "application/json"),
        ]
    }

    /// As a webhook carries it: a CloudEvent in the JSON format.
    func event(sentAt: String) -> String {
        let attributes = headers(sentAt: sentAt).compactMap { header in
            guard header.name.hasPrefix("ce_"), let value = header.value else { return nil as String? }
            return "\"\(header.name.dropFirst(3))\":\"\(String(decoding: value, as: UTF8.self))\""
        }
        return "{\(attributes.joined(separator: ",")),\"datacontenttype\":\"application/json\",\"data\":\(body)}"
    }
}

/// A delivery and what is expected of the subscriber.
struct StagedStep {
    enum Expectation {
        /// Acknowledged, once.
        case acknowledged
        /// Never acknowledged.
        case ignored
        /// Was delivered before: no acknowledgement beyond those that a first delivery gave.
        case nothingNew
        /// Answered with 4xx, and never acknowledged.
        case refused(WebhookTrial.Spoiled)
    }

    /// A stable name, for programs.
    var check: String
    /// What a good subscriber does, for people.
    var rule: String
    var message: StagedMessage
    var expectation: Expectation
}

/// What the sandbox delivers, in order. Every person is invented; prison numbers begin with Z.
struct ConformanceScript {
    private(set) var steps: [StagedStep]

    init(kind: HandoverFamily, sentAt: String) {
        let first = Leaver(kind, "Z0001AA", sentAt), second = Leaver(kind, "Z0002AA", sentAt)
        let third = Leaver(kind, "Z0003AA", sentAt), fourth = Leaver(kind, "Z0004AA", sentAt)
        let last = Leaver(kind, "Z0005AA", sentAt)
        var heartbeat = Leaver(kind, "Z0006AA", sentAt).version(1, "PLANNED")
        heartbeat.type = "throughgate.heartbeat.v1"
        heartbeat.body = #"{"sentAt":"\#(sentAt)"}"#
        var retired = fourth.version(1, "RELEASED")
        retired.type = "throughgate.handover.\(kind.rawValue).v9"
        steps = [
            step("heartbeat", heartbeat, .ignored, "a message of a type that it does not know is let pass"),
            step("first-handover", first.version(1, "PLANNED"), .acknowledged, "a first handover is acknowledged"),
            step("duplicate", first.version(1, "PLANNED"), .nothingNew, "the same id again changes nothing"),
            step("new-version", first.version(2, "RELEASED"), .acknowledged, "a new version is acknowledged as itself"),
            step("correction", first.version(3, "CORRECTION"), .acknowledged, "a correction is acknowledged"),
            step("newer-first", second.version(2, "CORRECTION"), .acknowledged, "a version that comes first counts"),
            step(
                "out-of-order", second.version(1, "RELEASED"), .ignored,
                "an older version after a newer one is not acknowledged"),
            step(
                "unknown-field", third.version(1, "RELEASED", more: #","futureField":{"a":[1]}"#), .acknowledged,
                "a field that it does not know is let pass"),
            step("unknown-version", retired, .ignored, "a schema version that it cannot read is not acknowledged"),
            step("stand-down", first.standDown(4), .acknowledged, "a stand-down is acknowledged, and work stops"),
            step("late-version", first.version(2, "RELEASED"), .nothingNew, "a late copy revives nothing"),
            step("goes-on", last.version(1, "RELEASED"), .acknowledged, "whatever came, the next handover is taken"),
        ]
    }
}

extension ConformanceScript {
    /// With messages that are not the hub's, or not of now, before the last step: a webhook's receiver must tell.
    func withForgeries(kind: HandoverFamily, sentAt: String) -> ConformanceScript {
        func one(_ number: Int) -> StagedMessage { Leaver(kind, "Z001\(number)AA", sentAt).version(1, "RELEASED") }
        let mistaken = one(5)
        let more = [
            step(
                "bad-signature", one(1), .refused(.signature),
                "a message with a signature that is not its own is refused"),
            step("changed-body", one(2), .refused(.body), "a message that was changed on the way is refused"),
            step("stale-timestamp", one(3), .refused(.past), "a message signed ten minutes ago is refused"),
            step("future-timestamp", one(4), .refused(.future), "a message signed ten minutes ahead is refused"),
            step("wrong-secret", mistaken, .refused(.secret), "a message signed with another secret is refused"),
            step(
                "after-refusal", mistaken, .acknowledged,
                "what was refused and comes again signed rightly is taken"),
        ]
        var script = self
        script.steps.insert(contentsOf: more, at: steps.count - 1)
        return script
    }
}

private func step(
    _ check: String, _ message: StagedMessage, _ expectation: StagedStep.Expectation, _ rule: String
) -> StagedStep {
    StagedStep(check: check, rule: rule, message: message, expectation: expectation)
}

/// Whose handovers a recipient gets (contract.md §6).
enum HandoverFamily: String, CaseIterable {
    case drugService = "drug-service"
    case supervision
    case childService = "child-service"

    /// One that receives this.
    var recipient: RecipientKind {
        switch self {
        case .drugService: .drugService
        case .supervision: .supervision
        case .childService: .youngPeopleDrugService
        }
    }
}

/// Somebody who leaves prison in the sandbox only.
private struct Leaver {
    let kind: HandoverFamily
    let noms: String
    let sentAt: String
    let id = UUID()

    init(_ kind: HandoverFamily, _ noms: String, _ sentAt: String) {
        self.kind = kind
        self.noms = noms
        self.sentAt = sentAt
    }

    private func front(_ version: Int, _ kind: String) -> String {
        let before = version > 1 ? #""supersedes":\#(version - 1),"# : ""
        return #"{"handoverId":"\#(id.uuidString.lowercased())","version":\#(version),\#(before)"kind":"\#(kind)","#
    }

    func version(_ version: Int, _ kind: String, more: String = "") -> StagedMessage {
        let isDrug = self.kind == .drugService
        let thn = isDrug ? #"{"kitAtRelease":"NO","trained":"COMPLETE"}"# : #"{"kitAtRelease":"NO","trained":"YES"}"#
        let release = isDrug ? #""class":"PLANNED""# : #""reason":"CRD""#
        let body =
            front(version, kind)
                + """
                "priority":"P1","sentAt":"\(sentAt)","ackDueAt":"\(sentAt)",\
                "person":{"name":"Sam Sandbox","dob":"1989-02-11","noms":"\(noms)"},\
                "release":{"at":"\(sentAt)","prison":"MDI",\(release)},"thn":\(thn),\
                "actions":[],"keyMessages":["KM-02"],"dq":[],\
                "say":{"catalogue":"1","KM-02":"Your tolerance is lower now."}\(more)}
                """
        return StagedMessage(handover: id, version: version, type: type, body: body)
    }

    func standDown(_ version: Int) -> StagedMessage {
        let body = front(version, "STOOD_DOWN") + #""reason":"RELEASE_CANCELLED","sentAt":"\#(sentAt)"}"#
        return StagedMessage(handover: id, version: version, type: type, body: body)
    }

    private var type: String { "throughgate.handover.\(kind.rawValue).v1" }
}
