import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverPipeline
import HandoverRules
import Hummingbird
import Postgres

/// What recipients and readers of tasks answer by POST. Each answer becomes an event like any other, published by its
/// reader's source; 202 when the broker has it.
struct ReplyDoor: Sendable {
    let doors: Doors

    /// POST /v1/handovers/{id}/acknowledgements
    func acknowledge(_ request: Request, _ context: some RequestContext) async throws -> Response {
        try await answer(request, context, .acknowledgement)
    }

    /// POST /v1/handovers/{id}/engagements
    func engage(_ request: Request, _ context: some RequestContext) async throws -> Response {
        try await answer(request, context, .engagement)
    }

    /// POST /v1/tasks/{id}/resolution
    func resolve(_ request: Request, _ context: some RequestContext) async throws -> Response {
        let bearer = try await doors.admit(request) { !$0.taskReaders.isEmpty }
        let task = try ReplyDoor.id(context)
        let source = try await source(ofTask: task, for: bearer.scope.taskReaders)
        return try await publish(request, .resolution, subject: task, source: source, as: bearer)
    }

    private func answer(
        _ request: Request, _ context: some RequestContext, _ kind: ReplyKind
    ) async throws -> Response {
        let (bearer, recipient) = try await doors.admitRecipient(request)
        let handover = try ReplyDoor.id(context)
        try await checkOwn(handover, of: recipient)
        return try await publish(
            request, kind, subject: handover, source: "/providers/\(recipient)/http", as: bearer)
    }

    private func publish(
        _ request: Request, _ kind: ReplyKind, subject: UUID, source: String, as bearer: Bearer
    ) async throws -> Response {
        let id = try Reply.id(ofKey: request.headers[.idempotencyKey])
        return try await doors.bodies.read(request, upTo: GatewayLimits.replyBytesMax) { body in
            try await send(kind, subject: subject, source: source, id: id, body: body, as: bearer)
            return EventDoor.accepted(id, at: nil)
        }
    }

    // MARK: For pages too

    /// - Throws: the 404 of what is not this recipient's, or was not published to it.
    func checkOwn(_ handover: UUID, of recipient: String) async throws {
        let isOwn = try await doors.work.run {
            try !$0.query(GatewaySQL.isOwn(handover, of: recipient)).isEmpty
        }
        guard isOwn else { throw Problem.notFound }
    }

    /// Whose task it is, as a source of events.
    /// - Throws: the 404 of somebody else's, a 409 for one that is closed.
    func source(ofTask task: UUID, for readers: [String]) async throws -> String {
        let found = try await doors.work.run { connection -> (closed: Bool, reader: String)? in
            try connection.query(GatewaySQL.ownTask(task, of: readers)).first.map { (try $0[0], try $0[1]) }
        }
        guard let found else { throw Problem.notFound }
        guard !found.closed else { throw Problem(.conflict, "CLOSED", "this task is closed; nothing is left to do") }
        return found.reader.replacing("prison:", with: "/prisons/").replacing("provider:", with: "/providers/")
            + "/http"
    }

    /// Publishes an answer, which the audit notes first; returns when the broker has it. The same id again is the same
    /// event at the same time.
    /// - Throws: a 400 that names the field, or a 503 when the broker does not take it: sending it again does no harm.
    func send(
        _ kind: ReplyKind, subject: UUID, source: String, id: UUID, body: [UInt8], as bearer: Bearer
    ) async throws {
        // What is refused is refused before anything is noted of it.
        _ = try judged(Reply(kind, subject: subject, source: source, id: id, body: body, now: MachineClock.now()))
        let at = try await doors.work.run {
            try $0.execute(GatewaySQL.audit(bearer, kind.deed))
            return try AnswerBook.firstTime(id, about: subject, action: kind.word, on: $0)
        }
        let record = try judged(Reply(kind, subject: subject, source: source, id: id, body: body, now: at))
        guard case .kept? = try await doors.keeping.keep([OutboundMessage(record)])[0] else { throw Problem.busy }
    }

    private func judged(_ reply: Reply) throws -> OutboundRecord {
        let record = reply.record(topics: doors.topics)
        if case .rejected(let rejection) = doors.decoder.decode(record.inbound, clock: doors.receipt) {
            throw Problem(rejection)
        }
        return record
    }

    private static func id(_ context: some RequestContext) throws -> UUID {
        guard let id = context.parameters.get("id").flatMap(UUID.init(uuidString:)) else { throw Problem.notFound }
        return id
    }
}

extension OutboundRecord {
    fileprivate var inbound: InboundRecord {
        InboundRecord(
            topic: topic, partition: 0, offset: 0, timestampMilliseconds: 0, key: key, value: value, headers: headers)
    }
}
