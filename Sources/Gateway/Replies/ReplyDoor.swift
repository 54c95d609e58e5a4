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
        let readers = bearer.scope.taskReaders
        let found = try await doors.work.run { connection -> (closed: Bool, reader: String)? in
            try connection.query(GatewaySQL.ownTask(task, of: readers)).first.map { (try $0[0], try $0[1]) }
        }
        guard let found else { throw Problem.notFound }
        guard !found.closed else { throw Problem(.conflict, "CLOSED", "this task is closed; nothing is left to do") }
        let source = found.reader.replacing("prison:", with: "/prisons/").replacing("provider:", with: "/providers/")
        return try await publish(request, .resolution, subject: task, source: source + "/http")
    }

    private func answer(
        _ request: Request, _ context: some RequestContext, _ kind: ReplyKind
    ) async throws -> Response {
        let (_, recipient) = try await doors.admitRecipient(request)
        let handover = try ReplyDoor.id(context)
        let isOwn = try await doors.work.run {
            try !$0.query(GatewaySQL.isOwn(handover, of: recipient)).isEmpty
        }
        guard isOwn else { throw Problem.notFound }
        return try await publish(request, kind, subject: handover, source: "/providers/\(recipient)/http")
    }

    private func publish(
        _ request: Request, _ kind: ReplyKind, subject: UUID, source: String
    ) async throws -> Response {
        let buffer = try await request.body.collect(upTo: GatewayLimits.replyBytesMax)
        let reply = try Reply(
            kind, subject: subject, source: source, key: request.headers[.idempotencyKey],
            body: Array(buffer.readableBytesView), now: MachineClock.now())
        let record = reply.record(topics: doors.topics)
        if case .rejected(let rejection) = doors.decoder.decode(record.inbound, clock: doors.receipt) {
            throw Problem(rejection)
        }
        guard case .kept? = try await doors.keeping.keep([OutboundMessage(record)])[0] else { throw Problem.busy }
        return EventDoor.accepted(reply.id, at: nil)
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
