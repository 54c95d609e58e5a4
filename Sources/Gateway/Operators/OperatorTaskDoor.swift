import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverPipeline
import HandoverRules
import Hummingbird
import Operations
import Postgres

/// `/tasks`: what people are asked to do, and an operator's answers: routing a spell by hand, saying how a task ended.
/// The same events as `throughgate tasks assign|resolve` send; the page's form key makes a form sent twice one event.
struct OperatorTaskDoor: Sendable {
    let pages: PageDoor

    var routes: [Routes.Route] {
        [
            pages.get("/tasks", for: .counts, OperatorTaskDoor.list),
            pages.get("/tasks/{id}", for: .ops) { try await OperatorTaskDoor.show($0, problems: []) },
            pages.post("/tasks/{id}/resolution", for: .operators, OperatorTaskDoor.resolve),
            pages.post("/tasks/{id}/route", for: .operators, OperatorTaskDoor.assign),
        ]
    }

    @Sendable private static func list(_ visit: PageVisit) async throws -> Response {
        let (counts, now) = try await visit.doors.work.run {
            (try TaskBoard.counts(on: $0), try visit.doors.now(on: $0))
        }
        guard visit.viewer.isOps else { return visit.show(OperatorTasksPage(counts, nil, visit, now: now)) }
        let cursor = try visit.cursor()
        let after = try cursor.map { cursor in
            guard let id = UUID(uuidString: cursor.item) else {
                throw Problem(.badRequest, "CURSOR", "this is no place in the list; begin at its first page")
            }
            return (cursor.at, id)
        }
        let filter = TaskFilter(
            code: visit.query("code"), prison: visit.query("prison"),
            spell: visit.query("spell").flatMap(UUID.init(uuidString:)))
        let tasks = try await visit.doors.work.run {
            try TaskBoard.open(filter, on: $0, after: after, limit: GatewayLimits.operatorPageMax + 1)
        }
        return visit.show(OperatorTasksPage(counts, (filter, tasks), visit, now: now))
    }

    private static func find(_ visit: PageVisit) async throws -> (task: TaskBoard.Task, subject: NomsNumber?) {
        let id = try visit.id()
        guard let found = try await visit.doors.work.run({ try TaskBoard.task(id, on: $0) }) else {
            throw Problem.notFound
        }
        return found
    }

    @Sendable private static func show(_ visit: PageVisit, problems: [FieldError]) async throws -> Response {
        let task = try await find(visit).task
        let now = try await visit.doors.work.run { try visit.doors.now(on: $0) }
        return visit.show(OperatorTaskPage(task, visit, problems, now: now), problems.isEmpty ? .ok : .badRequest)
    }

    @Sendable private static func resolve(_ visit: PageVisit, _ form: FormFields) async throws -> Response {
        let (task, subject) = try await find(visit)
        guard task.isOpen else { throw closed }
        guard let outcome = form["outcome"].flatMap(TaskOutcome.init(rawValue:)) else {
            return try await show(visit, problems: [FieldError(field: "outcome", message: "Say how the task ended")])
        }
        guard let by = form["by"].flatMap({ StaffReference($0) }) else {
            return try await show(visit, problems: [who("by")])
        }
        var resolved = TaskResolved()
        resolved.task = Label(unchecked: lower(task.id))
        resolved.outcome = outcome
        resolved.by = by
        try await send(
            .taskResolved(resolved), subject ?? .blank, visit, form,
            AuditNote(
                actor: visit.actor, action: .taskResolve, object: lower(task.id),
                detail: ["by": by.text, "outcome": outcome.rawValue]))
        return visit.go(to: "/tasks?done=resolved")
    }

    @Sendable private static func assign(_ visit: PageVisit, _ form: FormFields) async throws -> Response {
        let (task, found) = try await find(visit)
        guard task.isOpen else { throw closed }
        guard let subject = found else { throw Problem.notFound }
        var problems: [FieldError] = []
        var assigned = RoutingAssigned()
        if let scope = form["scope"].flatMap(ConsentScope.init(rawValue:)) {
            assigned.scope = scope
        } else {
            problems.append(FieldError(field: "scope", message: "Choose what the handover rests on"))
        }
        if let provider = form["provider"].flatMap({ Label($0) }) {
            assigned.provider = provider
        } else {
            problems.append(FieldError(field: "provider", message: "Name a provider by its id"))
        }
        if let reason = form["reason"].flatMap({ FreeText($0) }) {
            assigned.reason = reason
        } else {
            problems.append(FieldError(field: "reason", message: "Say why, in at most 140 letters"))
        }
        if let approver = form["approver"].flatMap({ StaffReference($0) }) {
            assigned.approver = approver
        } else {
            problems.append(who("approver"))
        }
        if problems.isEmpty { problems = try await unfit(assigned, visit) }
        guard problems.isEmpty else { return try await show(visit, problems: problems) }
        try await send(
            .routingAssigned(assigned), subject, visit, form,
            AuditNote(
                actor: visit.actor, action: .taskAssign, object: lower(task.id),
                detail: [
                    "approver": assigned.approver.text, "provider": assigned.provider.text,
                    "scope": assigned.scope.rawValue,
                ]))
        return visit.go(to: "/tasks?done=assigned")
    }

    /// A provider that there is, and of a kind that receives handovers of the scope.
    private static func unfit(_ assigned: RoutingAssigned, _ visit: PageVisit) async throws -> [FieldError] {
        guard let id = ProviderID(assigned.provider.text),
            let kind = try await visit.doors.work.run({ try SpellFinder.kind(of: id, on: $0) })
        else { return [FieldError(field: "provider", message: "No provider has this id")] }
        guard let recipient = kind.recipient, Disclosure.scope(of: recipient) == assigned.scope else {
            return [FieldError(field: "provider", message: "A \(kind.rawValue) receives no handover of that kind")]
        }
        return []
    }

    private static func send(
        _ payload: Payload, _ subject: NomsNumber, _ visit: PageVisit, _ form: FormFields, _ note: AuditNote
    ) async throws {
        guard let key = form["formKey"].flatMap(UUID.init(uuidString:)) else { throw FormGuard.refusal }
        let doors = visit.doors
        let now = try await doors.work.run { try ReferenceNews.now(doors.clock, on: $0) }
        let event = EventEncoder.decision(payload, id: key, subject: subject, at: now)
        let record = try EventEncoder(topics: doors.topics).record(of: event)
        let inbound = InboundRecord(
            topic: record.topic, partition: 0, offset: 0, timestampMilliseconds: now.milliseconds, key: record.key,
            value: record.value, headers: record.headers)
        if case .rejected(let rejection) = doors.decoder.decode(inbound, clock: doors.receipt) {
            throw Problem(rejection)
        }
        let first = try await doors.work.run { try AuditedDeed.begin(note, on: $0) }
        let isKept = if case .kept? = try await doors.keeping.keep([OutboundMessage(record)])[0] { true } else { false }
        let second = AuditedDeed.ended(note, first, as: isKept ? AuditedDeed.done : AuditedDeed.failed)
        // What was kept is kept, though PostgreSQL went away meanwhile: the first entry stands.
        try? await doors.work.run { _ = try AuditBook.note(second, on: $0) }
        guard isKept else { throw Problem.busy }
    }

    private static let closed = Problem(.conflict, "CLOSED", "this task is closed; nothing is left to do")

    private static func who(_ field: String) -> FieldError {
        FieldError(field: field, message: "Say who: a role and an opaque reference, such as ROUTING/7f2")
    }

    static func lower(_ id: UUID) -> String { id.uuidString.lowercased() }
}
