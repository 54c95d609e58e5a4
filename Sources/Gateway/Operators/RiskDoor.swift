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
                let counts = try await pages.doors.work.run { try PeopleAtRisk.count(on: $0, now: MachineClock.now()) }
                return Answer.json(counts.json)
            },
        ]
    }

    @Sendable private static func show(_ visit: PageVisit) async throws -> Response {
        let now = MachineClock.now()
        let counts = try await visit.doors.work.run { try PeopleAtRisk.count(on: $0, now: now) }
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
    let priorities: [Priorities]
    let kinds: [Kind]
    let isOps: Bool
    let list: List?

    struct Priorities: Sendable {
        let name: String
        let people: Int
    }

    struct Kind: Sendable {
        let heading: String
        let people: Int
        let overdue: Int
        let isLate: Bool
        let kindTone: String
        let oldest: String
        let remedy: String
        let path: String
        let offersList: Bool
    }

    struct List: Sendable {
        let listed: String
        let advice: String
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
        priorities = Priority.allCases.map { Priorities(name: $0.text, people: counts.byPriority[$0] ?? 0) }
        kinds = RiskKind.allCases.map { kind in
            let sum = counts.sum(of: kind)
            return Kind(
                heading: kind.title, people: sum?.people ?? 0, overdue: sum?.overdue ?? 0,
                isLate: (sum?.overdue ?? 0) > 0,
                kindTone: sum.map { $0.overdue > 0 ? "bad" : "warn" } ?? "good",
                oldest: sum.map { OperatorWords.age(counts.at - $0.oldest) } ?? "–", remedy: kind.remedy,
                path: PageVisit.path("/people-at-risk", [("kind", kind.rawValue)]), offersList: isOps && sum != nil)
        }
        self.isOps = isOps
        list = chosen.map { kind, people in
            let shown = people.prefix(GatewayLimits.operatorPageMax)
            let next = people.count > shown.count ? shown.last : nil
            return List(
                listed: kind.title, advice: kind.remedy, rows: shown.map { RiskPage.row($0, counts.at) },
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
            reason: Reason.words(of: person.reason) ?? person.reason,
            place: person.prison.map { prison in
                "Prison \(prison)" + (person.recipient.map { ", to \($0)" } ?? "")
            } ?? person.recipient,
            actPath: act.path, actText: act.text)
    }

    private static func lower(_ id: some CustomStringConvertible) -> String { id.description.lowercased() }
}
