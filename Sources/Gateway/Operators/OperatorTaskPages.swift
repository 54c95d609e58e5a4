import HandoverPipeline
import HandoverRules
import Operations

/// What `opsTasks.mustache` shows.
struct OperatorTasksPage: PageContent {
    static let template = PageTemplate.opsTasks
    let title = "Tasks"
    let notice: String?
    let nothing: Bool
    let counts: [Count]
    let isOps: Bool
    let list: List?

    struct Count: Sendable {
        let code: String
        let words: String
        let open: Int
        let overdue: Int
        let isLate: Bool
        let path: String
    }

    struct List: Sendable {
        let prisonFilter: String?
        let codes: [PageChoice]
        let rows: [Row]
        let isEmpty: Bool
        let nextPath: String?
    }

    struct Row: Sendable {
        let path: String
        let name: String
        let priority: String?
        let tone: String
        let due: String?
        let about: String
    }

    init(
        _ counts: [TaskBoard.Count], _ chosen: (filter: TaskFilter, tasks: [TaskBoard.Task])?, _ visit: PageVisit,
        now: Instant
    ) {
        notice =
            switch visit.query("done") {
            case "resolved": "Sent. The task closes once the hub has recorded it."
            case "assigned": "Sent. The handover goes out once the hub has recorded it."
            default: nil
            }
        isOps = visit.viewer.isOps
        nothing = counts.isEmpty
        self.counts = counts.map {
            Count(
                code: $0.code, words: OperatorWords.task($0.code), open: $0.open,
                overdue: $0.overdue, isLate: $0.overdue > 0, path: PageVisit.path("/tasks", [("code", $0.code)]))
        }
        list = chosen.map { filter, tasks in
            let shown = tasks.prefix(GatewayLimits.operatorPageMax)
            let codes = [PageChoice(value: "", label: "All", isChosen: filter.code == nil)]
            let last = tasks.count > shown.count ? shown.last : nil
            return List(
                prisonFilter: filter.prison,
                codes: codes
                    + TaskWords.codes.map {
                        PageChoice(value: $0, label: OperatorWords.task($0), isChosen: filter.code == $0)
                    },
                rows: shown.map { OperatorTasksPage.row($0, now) }, isEmpty: shown.isEmpty,
                nextPath: last.map {
                    let due = ($0.dueAt ?? $0.raisedAt).microseconds
                    return PageVisit.path(
                        "/tasks",
                        [
                            ("code", filter.code), ("prison", filter.prison),
                            ("after", "\(due)-\(OperatorTaskDoor.lower($0.id))"),
                        ])
                })
        }
    }

    private static func row(_ task: TaskBoard.Task, _ now: Instant) -> Row {
        let isLate = task.dueAt.map { $0 < now } ?? false
        return Row(
            path: "/tasks/" + OperatorTaskDoor.lower(task.id), name: OperatorWords.task(task.code),
            priority: task.priority?.text,
            tone: isLate ? "bad" : task.priority.map(OperatorWords.tone) ?? "good",
            due: task.dueAt.map { OperatorWords.due($0, now) }, about: task.code + ", " + OperatorTaskPage.about(task))
    }
}

/// What `opsTask.mustache` shows.
struct OperatorTaskPage: PageContent {
    static let template = PageTemplate.opsTask
    let title = "Task"
    let problems: [FieldError]
    let name: String
    let code: String
    let state: String
    let raised: String
    let due: String
    let about: String
    let reason: String?
    let scopesText: String?
    let resolvePath: String
    let routePath: String
    /// An operator, and the task is open.
    let mayAct: Bool
    let mayRoute: Bool
    let scopes: [PageChoice]
    let outcomes: [PageChoice]

    init(_ task: TaskBoard.Task, _ visit: PageVisit, _ problems: [FieldError], now: Instant) {
        let id = OperatorTaskDoor.lower(task.id)
        self.problems = problems
        name = OperatorWords.task(task.code)
        code = task.code
        state = task.isOpen ? "Open" : "Closed: \(task.outcome ?? "its cause ended")"
        raised = OperatorWords.time(task.raisedAt)
        due = task.dueAt.map { "\(OperatorWords.time($0)), \(OperatorWords.due($0, now))" } ?? "–"
        about = OperatorTaskPage.about(task)
        reason = task.reason.map { Reason.words(of: $0) ?? $0 }
        scopesText = task.scopes.isEmpty ? nil : task.scopes.joined(separator: " and ")
        resolvePath = "/tasks/\(id)/resolution"
        routePath = "/tasks/\(id)/route"
        mayAct = visit.viewer == .opsOperator && task.isOpen
        mayRoute = mayAct && (task.code == TaskCode.humanQueue.rawValue || task.code == TaskCode.noProvider.rawValue)
        let waiting = Set(task.scopes)
        scopes = ConsentScope.allCases.map {
            PageChoice(
                value: $0.rawValue, label: OperatorWords.spoken($0.rawValue), isChosen: waiting.first == $0.rawValue)
        }
        outcomes = TaskOutcome.allCases.map {
            PageChoice(value: $0.rawValue, label: OperatorWords.spoken($0.rawValue))
        }
    }

    static func about(_ task: TaskBoard.Task) -> String {
        [
            task.prison.map { "prison \($0)" }, task.provider.map { "provider \($0)" },
            task.handover.map { "handover \(OperatorTaskDoor.lower($0))" },
            task.spell.map { "spell \(OperatorTaskDoor.lower($0))" },
        ].compactMap(\.self).joined(separator: ", ")
    }
}
