import HandoverPipeline
import HandoverRules
import Hummingbird
import Operations

/// `/people-at-risk`: counts for everybody who may see counts, people for operators who signed in.
struct RiskDoor: Sendable {
    let pages: PageDoor

    var routes: [Routes.Route] {
        [
            pages.get("/people-at-risk", for: .counts, RiskDoor.show),
            Routes.Route(.get, "/api/people-at-risk") { request, context in
                _ = try await pages.doors.viewer(request, context, for: .counts, isTLS: pages.isTLS)
                let counts = try await pages.doors.work.run {
                    try PeopleAtRisk.count(on: $0, now: pages.doors.now(on: $0))
                }
                return Answer.json(counts.json)
            },
        ]
    }

    @Sendable private static func show(_ visit: PageVisit) async throws -> Response {
        let counts = try await visit.doors.work.run {
            try PeopleAtRisk.count(on: $0, now: visit.doors.now(on: $0))
        }
        let now = counts.at
        guard visit.viewer.isOps, let token = visit.bearer?.tokenID else {
            return visit.show(RiskPage(counts, nil, isOps: false))
        }
        let kind = visit.query("kind").flatMap(RiskKind.init(rawValue:)) ?? counts.counts.first?.kind ?? .noHandover
        let cursor = try visit.cursor().map { PersonAtRisk.Cursor(since: $0.at, item: $0.item) } ?? .start
        let people = try await visit.doors.work.run { connection in
            let people = try PersonAtRisk.list(
                kind, on: connection, now: now, after: cursor, limit: GatewayLimits.operatorPageMax + 1)
            try connection.execute(
                GatewaySQL.audit(token: token, action: "PEOPLE_AT_RISK", first: nil, last: nil, items: people.count))
            return people
        }
        return visit.show(RiskPage(counts, (kind, people), isOps: true))
    }
}

/// What `risk.mustache` shows.
struct RiskPage: PageContent {
    static let template = PageTemplate.risk
    let title = "People at risk"
    let total: Int
    let nobody: Bool
    let priorities: [PriorityFigure]
    /// Those with somebody.
    let kinds: [Kind]
    /// The others, in words; nil: there are none.
    let free: String?
    let isOps: Bool
    let list: List?

    struct Kind: Sendable {
        let heading: String
        let people: Int
        let isOne: Bool
        let overdue: Int
        let isLate: Bool
        let kindTone: String
        let oldest: String
        let remedy: [MarkedText]
        let path: String
        let offersList: Bool
    }

    struct List: Sendable {
        let listed: String
        let advice: [MarkedText]
        let rows: [Row]
        let isEmpty: Bool
        let nextPath: String?
    }

    struct Row: Sendable {
        let person: String
        let priority: String
        let tone: String
        let since: String
        let age: String
        let due: String?
        let isOverdue: Bool
        let reason: String
        let place: String?
        let actPath: String
        let actText: String
    }

    init(_ counts: PeopleAtRisk, _ chosen: (kind: RiskKind, people: [PersonAtRisk])?, isOps: Bool) {
        total = counts.total
        nobody = counts.total == 0
        priorities = Priority.allCases.map { PriorityFigure($0, many: counts.byPriority[$0] ?? 0) }
        kinds = RiskKind.allCases.compactMap { kind in
            guard let sum = counts.sum(of: kind) else { return nil }
            return Kind(
                heading: kind.title, people: sum.people, isOne: sum.people == 1, overdue: sum.overdue,
                isLate: sum.overdue > 0,
                kindTone: sum.overdue > 0 ? "bad" : "warn", oldest: OperatorWords.age(counts.at - sum.oldest),
                remedy: MarkedText.pieces(of: kind.remedy),
                path: PageVisit.path("/people-at-risk", [("kind", kind.rawValue)]) + "#list", offersList: isOps)
        }
        let others = RiskKind.allCases.filter { counts.sum(of: $0) == nil }.map(\.title)
        free = others.isEmpty ? nil : "Nobody: " + others.joined(separator: "; ") + "."
        self.isOps = isOps
        list = chosen.map { kind, people in
            let shown = people.prefix(GatewayLimits.operatorPageMax)
            let next = people.count > shown.count ? shown.last : nil
            return List(
                listed: kind.title, advice: MarkedText.pieces(of: kind.remedy),
                rows: shown.map { RiskPage.row($0, counts.at) },
                isEmpty: shown.isEmpty,
                nextPath: next.map {
                    PageVisit.path(
                        "/people-at-risk",
                        [("kind", kind.rawValue), ("after", "\($0.since.microseconds)-\($0.item)")])
                })
        }
    }

    private static func row(_ person: PersonAtRisk, _ now: Instant) -> Row {
        let act: (path: String, text: String) =
            switch person.kind {
            case .rejectedEvent: (PageVisit.path("/rejected/record", [("place", person.item)]), "Look at the record")
            case .noHandover, .noProvider, .urgentUnacknowledged, .kitUnconfirmed:
                (PageVisit.path("/tasks", [("spell", person.spell.map(lower))]), "Its tasks")
            }
        return Row(
            person: person.person, priority: person.priority.text, tone: OperatorWords.tone(person.priority),
            since: OperatorWords.time(person.since), age: OperatorWords.age(now - person.since),
            due: person.dueAt.map { OperatorWords.due($0, now) }, isOverdue: person.dueAt.map { $0 < now } ?? false,
            reason: OperatorWords.sentence(Reason.words(of: person.reason) ?? person.reason), place: place(of: person),
            actPath: act.path, actText: act.text)
    }

    /// Where from, to whom, on which consent: somebody can be listed once for each.
    private static func place(of person: PersonAtRisk) -> String? {
        let scope = person.item.split(separator: "/").last.flatMap { ConsentScope(rawValue: String($0)) }
        let parts = [
            person.prison.map { "prison \($0)" }, person.recipient.map { "to \($0)" },
            scope.map { "for " + OperatorWords.spoken($0.rawValue).lowercased() },
        ].compactMap(\.self)
        return parts.isEmpty ? nil : OperatorWords.sentence(parts.joined(separator: ", "))
    }

    private static func lower(_ id: some CustomStringConvertible) -> String { id.description.lowercased() }
}
