import EventContracts
import ExactlyOnceKafka
import Foundation
import Gateway
import HandoverPipeline
import HandoverRules

/// One subscriber's trial, from its arrival to what is judged.
struct SandboxTrial: Sendable {
    let sandbox: SubscriberSandbox
    let isKafka: Bool
    /// Seconds to wait for the subscriber, and for each acknowledgement.
    let arrival: Int
    let patience: Int

    /// Delivers the script step by step; what is to be acknowledged is waited for, so that each step is judged apart.
    func drive() throws -> [CheckResult] {
        let listener = AnswerListener(try sandbox.reader(), sandbox.topics, sandbox.recipient)
        guard try listener.wait(Double(arrival), until: { try sandbox.hasArrived() }) else {
            throw CommandFailure(.badInput, "the subscriber did not turn up within \(arrival) s; check url and token")
        }
        var script = ConformanceScript(kind: sandbox.kind, sentAt: Wall.text())
        if sandbox.webhook != nil { script = script.withForgeries(kind: sandbox.kind, sentAt: Wall.text()) }
        var replies: [WebhookAnswer] = []
        for (number, step) in script.steps.enumerated() {
            Console.progress("\(number + 1) of \(script.steps.count): \(step.check)")
            try sandbox.deliver(step.message, number: number + 1)
            if let webhook = sandbox.webhook { replies.append(webhook.send(step)) }
            guard case .acknowledged = step.expectation else { continue }
            // Nothing says that a reader of Kafka has arrived but its first answer.
            let seconds = number < 2 && isKafka ? arrival : patience
            _ = try listener.wait(Double(seconds)) { listener.has(step.message) }
        }
        // Answers too many come after the one that was waited for.
        _ = try listener.wait(2) { false }
        Console.progress("")
        return ConformanceVerdict.judge(
            script.steps, answers: listener.answers, refused: listener.refused, replies: replies)
    }
}

extension WebhookTrial {
    fileprivate func send(_ step: StagedStep) -> WebhookAnswer {
        var spoiled: Spoiled?
        if case .refused(let how) = step.expectation { spoiled = how }
        return send(id: step.message.id, event: step.message.event(sentAt: Wall.text()), spoiled: spoiled)
    }
}

/// Collects what comes back, judged by the hub's own decoder. One thread.
private final class AnswerListener {
    private(set) var answers: [SeenAnswer] = []
    private(set) var refused: [String] = []
    private let reader: TopicReader
    private let decoder: EventDecoder
    private let recipient: String

    init(_ reader: TopicReader, _ topics: Topics, _ recipient: String) {
        self.reader = reader
        decoder = EventDecoder(topics: topics)
        self.recipient = recipient
    }

    func has(_ message: StagedMessage) -> Bool {
        answers.contains { $0.handover == message.handover && $0.version == message.version }
    }

    /// Listens until the condition holds or the time is over; whether it held.
    func wait(_ seconds: Double, until condition: () throws -> Bool) throws -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while try !condition() {
            guard Date() < deadline else { return false }
            for case .record(let record) in try reader.read(max: 100, timeout: .milliseconds(100)) { take(record) }
        }
        return true
    }

    private func take(_ record: KafkaRecord) {
        let inbound = InboundRecord(
            topic: record.source.topic, partition: record.source.partition, offset: record.offset,
            timestampMilliseconds: record.timestampMilliseconds, key: record.key, value: record.value,
            headers: record.headers.map { RecordHeader($0.name, $0.value) })
        switch decoder.decode(inbound, clock: .system(now: Wall.now())) {
        case .rejected(let rejection): refused.append("\(rejection.reason.rawValue), \(rejection.detail)")
        case .event(let decoded):
            guard decoded.sourceProvider?.text == recipient else {
                return refused.append("NOT_ENTITLED, source: must be /providers/ and the recipient's id")
            }
            if case .handoverAcknowledged(let said) = decoded.event.payload,
                let handover = UUID(uuidString: said.handover.text)
            {
                answers.append(
                    SeenAnswer(eventID: decoded.event.id, handover: handover, version: Int(said.version.value)))
            }
        }
    }
}
