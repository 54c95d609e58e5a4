import EventContracts
import Foundation
import HandoverRules
import Testing

@Suite("rules: messages out")
struct OutboundTests {
    private let id = UUID(uuidString: "7C2A910E-5B43-4F6D-9A18-3E77C405D261")!

    private func decision(_ destination: OutboundDecision.Destination) -> OutboundDecision {
        OutboundDecision(
            destination: destination, id: id, version: 2, kind: .released, priority: .p1, taskCode: nil,
            sentAt: Instant(milliseconds: 1_780_650_000_000), ackDueAt: nil, spell: UUID(),
            body: .object([
                .init("handoverId", .text("h-71")), .init("version", .int(2)),
                .init("person", .object([.init("name", .text("Sam \"Canary\" Example")), .init("nfa", .bool(false))])),
                .init("dq", .list([.text("A"), .int(-1)])), .init("none", .list([])),
            ]), predecessor: nil)
    }

    private func recipient(_ kind: RecipientKind) -> OutboundDecision.Destination {
        .handover(Recipient(kind: kind, provider: ProviderID("prov-leeds")!))
    }

    @Test("a handover is a CloudEvent on its recipient's topic, keyed by its id")
    func handover() throws {
        let record = HandoverEncoder(topics: Topics(prefix: "t.")).record(of: decision(recipient(.drugService)))
        let headers = Dictionary(
            uniqueKeysWithValues: record.headers.map { ($0.name, String(decoding: $0.value!, as: UTF8.self)) })
        let id = "7c2a910e-5b43-4f6d-9a18-3e77c405d261"
        #expect(record.topic == "t.handover.drug-service.prov-leeds")
        #expect(record.key == Array(id.utf8))
        #expect(
            headers == [
                "ce_specversion": "1.0", "ce_id": id + "/2", "ce_type": "throughgate.handover.drug-service.v1",
                "ce_source": "/hub", "ce_subject": id, "ce_time": "2026-06-05T09:00:00Z",
                "content-type": "application/json",
            ])
        let body =
            #"{"handoverId":"h-71","version":2,"person":{"name":"Sam \"Canary\" Example","nfa":false},"#
            + #""dq":["A",-1],"none":[]}"#
        #expect(String(decoding: record.value!, as: UTF8.self) == body)
    }

    @Test("the trace of what caused it goes out as the CloudEvents attribute")
    func traced() throws {
        let trace = try #require(TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".utf8))
        let encoder = HandoverEncoder(topics: topics)
        let record = encoder.record(of: decision(recipient(.drugService)), following: trace)
        #expect(record.headers.last == RecordHeader("ce_traceparent", trace.text))
        #expect(record.headers.dropLast() == encoder.record(of: decision(recipient(.drugService))).headers[...])
    }

    @Test("each destination has its topic and type")
    func destinations() {
        let encoder = HandoverEncoder(topics: topics)
        func out(_ destination: OutboundDecision.Destination) -> [String] {
            let record = encoder.record(of: decision(destination))
            let type = record.headers.first { $0.name == "ce_type" }?.value ?? []
            return [record.topic, String(decoding: type, as: UTF8.self)]
        }
        let child = ["handover.child-service.prov-leeds", "throughgate.handover.child-service.v1"]
        #expect(
            out(recipient(.supervision)) == ["handover.supervision.prov-leeds", "throughgate.handover.supervision.v1"])
        #expect(out(recipient(.youthJustice)) == child)
        #expect(out(recipient(.youngPeopleDrugService)) == child)
        #expect(out(.prisonTask(PrisonID("MDI")!)) == ["prison.tasks.MDI", "throughgate.task.escalated.v1"])
        #expect(out(.hubTask) == ["hub.tasks", "throughgate.task.escalated.v1"])
        var briefing = decision(.prisonTask(PrisonID("LEI")!))
        briefing.taskCode = "TRANSFER_BRIEFING"
        #expect(HandoverEncoder.type(of: briefing) == "throughgate.transfer.briefing.v1")
        briefing.taskCode = "PHONE_NOW"
        #expect(HandoverEncoder.type(of: briefing) == "throughgate.task.escalated.v1")
    }

    @Test("every topic has the prefix and a name that Kafka allows; no two recipients share one")
    func names() {
        let topics = Topics(prefix: "shared.")
        let colon = Topics().handovers(to: Recipient(kind: .supervision, provider: ProviderID("a:b")!))
        let dash = Topics().handovers(to: Recipient(kind: .supervision, provider: ProviderID("a-b")!))
        #expect(colon == "handover.supervision.a.b" && colon != dash)
        let all = topics.inbound + [topics.hubTasks, topics.rejected, topics.tasks(of: PrisonID("MDI")!)]
        for name in all + [colon] {
            #expect(
                name.utf8.count <= 249
                    && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) })
        }
        #expect(all.allSatisfy { $0.hasPrefix("shared.") } && Set(all).count == all.count)
        #expect(Set(EventType.allCases.map(topics.inbound)).isSubset(of: topics.inbound))
    }

    @Test("a timer's record is the same whoever makes it, at its dueAt")
    func timer() throws {
        let timer = Timer(kind: .kitUnconfirmed, cause: id, dueAt: Instant(milliseconds: 1_780_650_000_000))
        let noms = NomsNumber("Z1234BC")!
        let encoder = EventEncoder(topics: topics)
        #expect(encoder.record(of: timer, subject: noms) == encoder.record(of: timer, subject: noms))
        let event = try #require(decode(inbound(encoder.record(of: timer, subject: noms))).event)
        #expect(event.publishedAt == timer.dueAt && event.occurredAt == timer.dueAt && event.system == "hub/timers")
        guard case .timerFired(let fired) = event.payload else {
            Issue.record("no timer")
            return
        }
        #expect(fired.kind == timer.kind && fired.dueAt == timer.dueAt)
        #expect(fired.cause.text == id.uuidString.lowercased())
        var later = timer
        later.dueAt = timer.dueAt + .seconds(1)
        let ids = [timer, later, Timer(kind: .retry, cause: id, dueAt: timer.dueAt)].map { DerivedID.timer(noms, $0) }
        #expect(Set(ids + [DerivedID.timer(NomsNumber("Z1234BD")!, timer)]).count == 4)
    }
}

@Suite("rules: dead letters")
struct DeadLetterTests {
    private func letter(_ record: InboundRecord) -> DeadLetter {
        DeadLetter(
            record: record, rejection: Rejection(.fieldInvalid, "subject: is required"),
            firstSeen: Instant(milliseconds: 1_780_650_000_000), attempts: 2)
    }

    private func headers(_ record: OutboundRecord) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: record.headers.map { ($0.name, String(decoding: $0.value ?? [], as: UTF8.self)) })
    }

    @Test("keep key and value byte for byte, say why and whence, and leave the person out of the headers")
    func whole() {
        var record = sampleRecord().valued([0xFF, 0x00, 0x7B])
        record.key = [0xC0, 0x00]
        record.headers.append(RecordHeader("x-internal", "secret"))
        let out = letter(record).outbound(topics: Topics(prefix: "p."))
        #expect(out.topic == "p.hub.rejected" && out.key == record.key && out.value == record.value)
        let headers = headers(out)
        #expect(headers["tg_reason"] == "FIELD_INVALID" && headers["tg_detail"] == "subject: is required")
        #expect(headers["tg_source_topic"] == "prison.release-notifications")
        #expect(headers["tg_source_partition"] == "3" && headers["tg_source_offset"] == "41")
        #expect(headers["tg_first_seen"] == "2026-06-05T09:00:00Z" && headers["tg_attempts"] == "2")
        #expect(headers["content-type"] == "application/json" && headers["ce_id"] == sampleID)
        #expect(headers["ce_subject"] == nil && headers["x-internal"] == nil && headers["tg_omitted"] == nil)
    }

    @Test("null stays null and empty stays empty")
    func nothing() {
        var record = sampleRecord().valued(nil)
        record.key = []
        let out = letter(record).outbound(topics: topics)
        #expect(out.value == nil && out.key == [])
    }

    @Test("what does not fit goes without its value, then without headers, then without its key")
    func large() {
        let big = [UInt8](repeating: 7, count: 6 << 20)
        let noValue = letter(sampleRecord().valued(big)).outbound(topics: topics)
        #expect(noValue.value == nil && noValue.key != nil && headers(noValue)["tg_omitted"] == "value")
        #expect(headers(noValue)["ce_id"] == sampleID)
        var record = sampleRecord().valued(big)
        record.headers.append(RecordHeader("ce_big", big))
        let noHeaders = letter(record).outbound(topics: topics)
        #expect(headers(noHeaders)["tg_omitted"] == "value,headers" && noHeaders.key != nil)
        record.key = big
        #expect(letter(record).outbound(topics: topics).key == nil)
        let fits = [UInt8](repeating: 7, count: 5 << 20 - 8 << 10)
        #expect(letter(sampleRecord().valued(fits)).outbound(topics: topics).value == fits)
    }
}

@Suite("rules: lines to publish")
struct PublishedLineTests {
    private func read(_ text: String, number: Int = 1) -> PublishedLine.Outcome {
        PublishedLines(topics: topics).read(Array(text.utf8), number: number, clock: .events).outcome
    }

    private let line = String(decoding: structured().value!, as: UTF8.self)

    @Test("a CloudEvent goes to the topic of its type, keyed by its subject, byte for byte")
    func cloudEvent() throws {
        guard case .record(let out) = read("  " + line + " \r") else {
            Issue.record("refused")
            return
        }
        #expect(out.topic == topics.releaseNotifications && out.key == Array("Z1234BC".utf8))
        #expect(out.value == Array(line.utf8))
        #expect(decode(inbound(out)).decoded == decode(structured()).decoded)
    }

    @Test("an HMPPS event is taken as it is")
    func hmpps() {
        let text =
            #"{"eventType":"prison-offender-events.prisoner.received","occurredAt":"2026-10-14T15:09:54Z","#
            + #""additionalInformation":{"nomsNumber":"Z1234BC","prisonId":"MDI","reason":"ADMISSION"}}"#
        guard case .record(let out) = read(text) else {
            Issue.record("refused")
            return
        }
        #expect(out.topic == topics.custodyMovements)
        #expect(decode(inbound(out)).event?.subject == NomsNumber("Z1234BC"))
    }

    @Test("a problem names line, field and rule; a blank line is none")
    func problems() {
        let lines = PublishedLines(topics: topics)
        let bad = Array(line.replacing("PRISON\"", with: "MOON\"").utf8)
        let judged = lines.read(bad, number: 12, clock: .events)
        #expect(judged.number == 12)
        #expect(judged.outcome == .problem(Rejection(.unknownCode, "data.place: is not a published code")))
        #expect(read(" \t") == .blank && read("") == .blank)
        #expect(read("{") == .problem(Rejection(.malformed, "value: byte 1: expected a member name")))
    }

    @Test("the hub's own timers can't be published by hand")
    func timers() {
        let timer = line.replacing("throughgate.release.actual.v1", with: "throughgate.hub.timer.fired.v1")
            .replacing(releaseData, with: #"{"kind":"RETRY","cause":"c","dueAt":"2026-06-05T09:15:00Z"}"#)
        guard case .problem(let rejection) = read(timer) else {
            Issue.record("taken")
            return
        }
        #expect(rejection.reason == .unknownType)
    }
}
