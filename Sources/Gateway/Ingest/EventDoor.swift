import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HTTPTypes
import HandoverPipeline
import HandoverRules
import Hummingbird
import Postgres

/// POST /v1/events: a prison's events by the CloudEvents HTTP binding. 202 only when the broker has them.
struct EventDoor: Sendable {
    let doors: Doors

    /// An event that may be published.
    private struct Judged: Sendable {
        let id: UUID
        let prison: String
        let message: OutboundMessage
    }

    func post(_ request: Request) async throws -> Response {
        let (bearer, prisons) = try await doors.admitPrison(request)
        return try await doors.bodies.read(request, upTo: IngestRequest.bytesMax(request.headers)) {
            try await take($0, request.headers, bearer, prisons)
        }
    }

    private func take(
        _ body: [UInt8], _ headers: HTTPFields, _ bearer: Bearer, _ prisons: [String]
    ) async throws -> Response {
        let receipt = doors.receipt
        switch try await doors.work.apart({ try IngestRequest(headers, body: body) }) {
        case .single(let record):
            return EventDoor.accepted(try await publish(record, prisons: prisons, as: bearer))
        case .batch(let records):
            let outcomes = try await doors.work.apart {
                records.map { record in Result { try judge(record, prisons, receipt) } }
            }
            return try await answer(outcomes, bearer)
        }
    }

    /// Publishes one event of these prisons; returns its id when the broker has it.
    /// - Throws: what is wrong with it, or a 503 when the broker does not take it: sending it again does no harm.
    func publish(_ record: InboundRecord, prisons: [String], as bearer: Bearer) async throws -> UUID {
        let judged = try judge(record, prisons, doors.receipt)
        guard case .kept? = try await keep([judged], bearer)[0] else { throw Problem.busy }
        return judged.id
    }

    private func judge(_ record: InboundRecord, _ prisons: [String], _ receipt: ReceiptClock) throws -> Judged {
        let decoded: DecodedEvent
        switch doors.decoder.decode(record, clock: receipt) {
        case .rejected(let rejection): throw Problem(rejection)
        case .event(let event): decoded = event
        }
        let topics = doors.topics
        let topic = topics.inbound(decoded)
        guard
            [topics.releaseNotifications, topics.kitEvents, topics.custodyMovements, topics.careRecords]
                .contains(topic)
        else { throw Problem(.badRequest, "UNKNOWN_TYPE", "type: is not published by prisons", field: "type") }
        guard let prison = decoded.event.sourcePrison?.text, prisons.contains(prison) else {
            throw Problem(
                .forbidden, "NOT_ENTITLED", "source: must be /prisons/… of a prison that this token names",
                field: "source")
        }
        let out = OutboundRecord(
            topic: topic, key: Array(decoded.address.text.utf8), value: record.value, headers: record.headers)
        return Judged(id: decoded.event.id, prison: prison, message: OutboundMessage(out))
    }

    /// Hands them to the broker, and notes where it keeps them.
    private func keep(_ judged: [Judged], _ bearer: Bearer) async throws -> [Delivery?] {
        let deliveries = try await doors.keeping.keep(judged.map(\.message))
        var kept: [(Judged, TopicPartition, Int64)] = []
        for case (let event, .kept(let source, let offset)?) in zip(judged, deliveries) {
            kept.append((event, source, offset))
        }
        let note = GatewaySQL.noteIngested(
            kept.map(\.0.id), kept.map(\.0.prison), kept.map(\.1.topic), kept.map(\.1.partition), kept.map(\.2))
        let audit = GatewaySQL.audit(token: bearer.tokenID, action: "PUBLISH", first: nil, last: nil, items: kept.count)
        if !kept.isEmpty {
            do {
                try await doors.work.run { connection in
                    try connection.execute(note)
                    try connection.execute(audit)
                }
            } catch {
                // The broker has the events, which is what 202 says; only a later rejection can't be told by id.
                doors.log.warning("an accepted event's place was not noted")
            }
        }
        return deliveries
    }

    private func answer(_ outcomes: [Result<Judged, any Error>], _ bearer: Bearer) async throws -> Response {
        let good = outcomes.compactMap { try? $0.get() }
        var deliveries = try await keep(good, bearer).makeIterator()
        var writer = JSONWriter(capacity: 128 * outcomes.count)
        var isComplete = true
        writer.beginObject()
        writer.name("results")
        writer.beginArray()
        for outcome in outcomes {
            writer.beginObject()
            var problem: Problem?
            switch outcome {
            case .success(let judged):
                writer.name("id")
                writer.string(judged.id.uuidString.lowercased())
                if case .kept? = deliveries.next() ?? nil {} else { problem = .busy }
            case .failure(let error): problem = error as? Problem ?? .busy
            }
            writer.name("status")
            writer.int(Int64(problem?.status.code ?? 202))
            if let problem {
                isComplete = false
                writer.name("problem")
                problem.write(&writer)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return Answer.json(
            writer.bytes, isComplete ? .accepted : HTTPResponse.Status(code: 207, reasonPhrase: "Multi-Status"))
    }

    static func accepted(_ id: UUID, at path: String? = "/v1/events/") -> Response {
        let text = id.uuidString.lowercased()
        var response = Answer.json(Array(#"{"id":"\#(text)"}"#.utf8), .accepted)
        if let path { response.headers[.location] = path + text }
        return response
    }
}
