import EventContracts
import Foundation
import Gateway

/// An acknowledgement that came back.
struct SeenAnswer: Hashable {
    /// Of the event: the same id again is the same answer, sent twice.
    var eventID: UUID
    var handover: UUID
    var version: Int
}

/// What became of one check.
struct CheckResult {
    var check: String
    var rule: String
    /// nil: passed. Else what the subscriber got wrong, in plain words.
    var fault: String?
}

/// Judges what a subscriber answered to a script. Pure.
enum ConformanceVerdict {
    /// - Parameters:
    ///   - steps: those that were delivered, in order.
    ///   - answers: everything that came back, in order.
    ///   - refused: what came back and was no answer that the hub would take: field and rule, never a value.
    ///   - replies: what a webhook's receiver answered to each step; empty at other doors.
    static func judge(
        _ steps: [StagedStep], answers: [SeenAnswer], refused: [String], replies: [WebhookAnswer] = []
    ) -> [CheckResult] {
        let distinct = Set(answers)
        let allowed = Set(steps.map { "\($0.message.handover)/\($0.message.version)" })
        let taken = Set(
            steps.compactMap { step in
                if case .acknowledged = step.expectation { step.message.id } else { nil as String? }
            })
        var results = steps.enumerated().map { number, step in
            let count = distinct.count {
                $0.handover == step.message.handover && $0.version == step.message.version
            }
            var fault: String?
            if case .refused = step.expectation {
                fault = ConformanceVerdict.words(
                    step, actedOn: count > 0 && !taken.contains(step.message.id),
                    replies.indices.contains(number) ? replies[number] : nil)
            } else {
                let reply = replies.indices.contains(number) ? ConformanceVerdict.words(step, replies[number]) : nil
                fault = reply ?? words(step, count)
            }
            return CheckResult(check: step.check, rule: step.rule, fault: fault)
        }
        let strangers = distinct.count { !allowed.contains("\($0.handover)/\($0.version)") }
        var fault: String?
        if let first = refused.first {
            fault = "\(refused.count) answers are not ones that the hub takes; the first: \(first)"
        } else if strangers > 0 {
            fault = "\(strangers) answers name a handover or a version that was never delivered"
        }
        results.append(
            CheckResult(check: "answers", rule: "every answer is an event that the hub takes", fault: fault))
        return results
    }

    private static func words(_ step: StagedStep, _ count: Int) -> String? {
        let version = "version \(step.message.version)"
        switch (step.expectation, count) {
        case (.acknowledged, 0):
            return step.check == "stand-down"
                ? "the stand-down was not acknowledged: somebody may still wait for a person who does not come"
                : "\(version) was delivered and never acknowledged"
        case (.acknowledged, _), (.refused, _): return nil
        case (.ignored, 0): return nil
        case (.ignored, _):
            switch step.check {
            case "out-of-order":
                return "\(version) was acknowledged although version \(step.message.version + 1) came before"
            case "heartbeat": return "a message that is no handover was acknowledged"
            default: return "a handover in a schema that it cannot know was acknowledged"
            }
        case (.nothingNew, ...1): return nil
        case (.nothingNew, _):
            return "\(version) was acknowledged \(count) times with different event ids; remember the ids that you "
                + "have seen, or send the same Idempotency-Key again"
        }
    }

    /// Of a delivery that is signed rightly. What a receiver cannot read it may refuse: then a person is told.
    private static func words(_ step: StagedStep, _ reply: WebhookAnswer) -> String? {
        if case .status(200..<300, _) = reply { return nil }
        if case .status = reply, step.check == "unknown-version" { return nil }
        return
            "the delivery was answered \(reply.code); what is not answered with 2xx comes again for 72 hours and holds "
            + "up what follows"
    }

    /// Of a delivery that is not the hub's, or not of now.
    private static func words(_ step: StagedStep, actedOn: Bool, _ reply: WebhookAnswer?) -> String? {
        if actedOn { return "it was acknowledged: \(danger(step)); verify before anything else" }
        switch reply {
        case .status(400..<500, _): return nil
        case .status(200..<300, _)?: return "it was answered \(reply?.code ?? "") instead of 4xx: \(danger(step))"
        default:
            return "it was answered \(reply?.code ?? "nothing"); what is not trusted is refused with 4xx, such as 401"
        }
    }

    private static func danger(_ step: StagedStep) -> String {
        guard case .refused(let spoiled) = step.expectation else { return "" }
        return switch spoiled {
        case .signature: "the signature is of another message, so anybody could send one"
        case .body: "the body is not what was signed, so anybody on the way could change it"
        case .secret: "the signature is by a secret that it does not have, so anybody could send one"
        case .past: "its webhook-timestamp is ten minutes old, so whoever copied it could send it again"
        case .future: "its webhook-timestamp is ten minutes ahead, so it could be sent again later"
        }
    }

    static func json(_ results: [CheckResult], recipient: String, door: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("recipient")
        writer.string(recipient)
        writer.name("door")
        writer.string(door)
        writer.name("passed")
        writer.bool(results.allSatisfy { $0.fault == nil })
        writer.name("checks")
        writer.beginArray()
        for result in results {
            writer.beginObject()
            writer.name("check")
            writer.string(result.check)
            writer.name("rule")
            writer.string(result.rule)
            writer.name("passed")
            writer.bool(result.fault == nil)
            writer.name("fault")
            if let fault = result.fault { writer.string(fault) } else { writer.null() }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}
