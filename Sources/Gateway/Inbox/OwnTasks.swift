import EventContracts
import FoundationEssentials
import HandoverPipeline
import HandoverRules
import Hummingbird
import Postgres

/// The tasks of a prison, a recipient or a commissioner, as a page: read, and resolved by form.
struct OwnTasks: Sendable {
    let doors: Doors

    /// GET /inbox/tasks: oldest first.
    func list(_ visit: PageVisit) async throws -> Response {
        guard let bearer = visit.bearer else { throw Problem.scope }
        let readers = bearer.scope.taskReaders
        let after = visit.query("after").flatMap { Int64($0) } ?? 0
        let isInbox = if case .recipient = visit.viewer { true } else { false }
        let notice = visit.query("done") == "resolved" ? "Recorded. It can take some seconds to show here." : nil
        let content = try await doors.work.run { connection in
            let limit = Int64(GatewayLimits.inboxPage)
            let rows = try connection.query(InboxSQL.tasks(of: readers, after: after, limit: limit))
            var tasks: [OwnTasksPage.Item] = []
            var last = after
            let now = try doors.now(on: connection)
            for row in rows {
                tasks.append(try OwnTasksPage.Item(row, now: now, linksHandover: isInbox))
                last = try row[0]
            }
            if !rows.isEmpty {
                try connection.execute(
                    GatewaySQL.audit(
                        token: bearer.tokenID, action: "TASKS", first: after, last: last, items: rows.count))
            }
            return OwnTasksPage(
                tasks: tasks, isEmpty: tasks.isEmpty, notice: notice, outcomes: OwnTasksPage.outcomes,
                first: after > 0 ? "/inbox/tasks" : nil,
                next: rows.count == Int(limit) ? "/inbox/tasks?after=\(last)" : nil)
        }
        return visit.show(content)
    }

    /// POST /inbox/tasks/{id}/resolution
    func resolve(_ visit: PageVisit, _ form: FormFields) async throws -> Response {
        guard let bearer = visit.bearer, let key = form["formKey"] else { throw OwnTasks.incomplete }
        let replies = ReplyDoor(doors: doors)
        let task = try visit.id()
        let source = try await replies.source(ofTask: task, for: bearer.scope.taskReaders)
        guard let outcome = form["outcome"], TaskOutcome(rawValue: outcome) != nil else { throw OwnTasks.incomplete }
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("outcome")
        writer.string(outcome)
        writer.name("by")
        writer.string("INBOX/" + bearer.tokenID)
        writer.endObject()
        try await replies.send(
            .resolution, subject: task, source: source,
            id: AnswerBook.id(["tasks", bearer.tokenID, key, try visit.path(), outcome]), body: writer.bytes,
            as: bearer)
        return visit.go(to: "/inbox/tasks?done=resolved")
    }

    private static let incomplete = Problem(
        .badRequest, "FORM", "choose what became of the task; nothing was recorded")
}

struct OwnTasksPage: PageContent {
    /// One open task.
    struct Item: Sendable {
        let id: String
        let what: String
        let priority: String?
        let style: String
        let due: String?
        let overdue: String?
        let facts: [HandoverReading.Fact]
        let handover: String?
        let isUnderWay: Bool
    }

    static let template = PageTemplate.ownTasks
    static let outcomes = InboxWords.taskOutcomes.map { HandoverPage.Choice(value: $0.code, label: $0.words) }
    let title = "Tasks"
    let tasks: [Item]
    let isEmpty: Bool
    let notice: String?
    let outcomes: [HandoverPage.Choice]
    let first: String?
    let next: String?
}

extension OwnTasksPage.Item {
    private static let shown = [
        ("noms", "Prison number"), ("prisonId", "Prison"), ("providerId", "Service"), ("kitId", "Kit label"),
        ("reason", "Why"), ("eventId", "Event"), ("field", "Field"),
    ]

    /// - Parameter row: of ``InboxSQL/tasks(of:after:limit:)``.
    init(_ row: PostgresRow, now: HandoverRules.Instant, linksHandover: Bool) throws {
        let task: UUID = try row[1]
        id = task.uuidString.lowercased()
        let priority = try row[4] as Int16?
        self.priority = priority.map { "\(InboxWords.priorities["P\($0)"] ?? "") (P\($0))" }
        style = InboxWords.style(priority: priority.map { Int($0) })
        let due = try (row[5] as PostgresTimestamp?)?.instant
        self.due = due.map { "Due \(PageTime.text($0))" }
        overdue = due.flatMap { $0 < now ? "Overdue by \(PageTime.text(now - $0))" : nil }
        var texts: [String: String] = [:]
        if let root = try? JSONReader.read(try row.bytes(6)).root, case .object(let members) = root.content {
            for member in members { texts[member.name] = member.value.string }
        }
        let code = try row[3] as String? ?? texts["code"] ?? "Task"
        let words = TaskWords.of(code).isEmpty ? code : TaskWords.of(code)
        what = words.prefix(1).uppercased() + words.dropFirst()
        facts = Self.shown.compactMap { name, label in
            texts[name].map { HandoverReading.Fact(name: label, value: Reason(rawValue: $0)?.words ?? $0) }
        }
        handover = linksHandover ? texts["handoverId"] : nil
        isUnderWay = try row[7]
    }
}
