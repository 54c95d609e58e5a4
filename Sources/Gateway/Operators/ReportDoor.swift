import HandoverPipeline
import HandoverRules
import Hummingbird
import Operations
import Postgres

/// `/worklist`, `/governor` and `/flow`. A prison sees its own; operators any; on this machine, without a sign-in, only
/// what names nobody and hides small numbers.
struct ReportDoor: Sendable {
    let pages: PageDoor

    static let prisonsAndOps = Audience { viewer in
        if case .prison = viewer { true } else { viewer.isOps }
    }
    static let countsAndPrisons = Audience { viewer in
        if case .prison = viewer { true } else { viewer.isOps || viewer == .passerBy }
    }

    var routes: [Routes.Route] {
        [
            pages.get("/worklist", for: ReportDoor.prisonsAndOps, ReportDoor.worklist),
            pages.get("/governor", for: ReportDoor.countsAndPrisons, ReportDoor.governor),
            pages.get("/flow", for: .counts, ReportDoor.flow),
        ]
    }

    /// The prison that is asked for. A prison's token sees its own, the first where none is named.
    private static func prison(_ visit: PageVisit) throws -> PrisonID? {
        let asked = visit.query("prison").map { $0.uppercased() }
        guard case .prison(let own) = visit.viewer else {
            guard let asked else { return nil }
            guard let prison = PrisonID(asked) else { throw Problem.notFound }
            return prison
        }
        guard let name = asked ?? own.first, own.contains(name), let prison = PrisonID(name) else {
            throw Problem.scope
        }
        return prison
    }

    @Sendable private static func worklist(_ visit: PageVisit) async throws -> Response {
        let prison = try prison(visit), prisons = try await prisons(visit)
        let today = try await today(visit)
        guard let prison, let token = visit.bearer?.tokenID else {
            return visit.show(ReportPage(nil, "/worklist", "Worklist", prisons, nil))
        }
        let scope = ReportScope(prison: prison, from: today, to: today.adding(days: Report.worklistDays))
        let report = try await visit.doors.work.run { connection in
            let leaving = try ReportReader(connection).leaving(scope)
            try connection.execute(
                GatewaySQL.audit(token: token, action: "WORKLIST", first: nil, last: nil, items: leaving.count))
            return Report.worklist(Array(leaving.prefix(GatewayLimits.worklistMax)), scope, today: today)
        }
        return visit.show(ReportPage(report, "/worklist", "Worklist", prisons, prison))
    }

    @Sendable private static func governor(_ visit: PageVisit) async throws -> Response {
        let prison = try prison(visit), prisons = try await prisons(visit)
        let today = try await today(visit)
        let scope = ReportScope(prison: prison, from: today.adding(days: -27), to: today)
        // A prison knows its people; everybody else sees no small numbers.
        let exposure: Exposure = if case .prison = visit.viewer { .exact } else { .shared }
        let report = try await visit.doors.work.run { connection in
            Report.governor(try ReportReader(connection).governorFacts(scope), scope, exposure)
        }
        return visit.show(ReportPage(report, "/governor", "Governor's report", prisons, prison))
    }

    private static func today(_ visit: PageVisit) async throws -> LocalDate {
        London.date(of: try await visit.doors.work.run { try visit.doors.now(on: $0) })
    }

    /// To choose from: a prison's own, or all that take part.
    private static func prisons(_ visit: PageVisit) async throws -> [String] {
        if case .prison(let own) = visit.viewer { return own }
        return try await visit.doors.work.run { connection in
            try connection.query(
                .named("page.prisons", "select prison_id from prison where active order by prison_id limit 500")
            ).map { try $0.text(0) }
        }
    }

    @Sendable private static func flow(_ visit: PageVisit) async throws -> Response {
        let days = visit.query("days").flatMap { Int64($0) }.map { min(max($0, 1), 366) } ?? 28
        let map = try await visit.doors.work.run {
            try FlowMap.read(since: visit.doors.now(on: $0) - .days(days), on: $0)
        }
        return visit.show(FlowPage(map, days: Int(days)))
    }
}

/// What `report.mustache` shows.
struct ReportPage: PageContent {
    static let template = PageTemplate.report
    let title: String
    let path: String
    let prisons: [PageChoice]
    /// What there would be to see; nil where it is seen.
    let hint: String?
    let period: String?
    let tables: [Table]
    let notes: [Note]

    struct Table: Sendable {
        let caption: String
        let columns: [Column]
        let lines: [Line]
        let isEmpty: Bool
    }
    struct Column: Sendable {
        let heading: String
        let isFigure: Bool
    }
    struct Line: Sendable { let cells: [Cell] }
    struct Cell: Sendable {
        let text: String
        let isNumber: Bool
    }
    struct Note: Sendable { let words: String }

    init(_ report: Report?, _ path: String, _ title: String, _ prisons: [String], _ prison: PrisonID?) {
        self.title = title + (prison.map { ", \($0.text)" } ?? "")
        self.path = path
        self.prisons =
            [PageChoice(value: "", label: path == "/worklist" ? "Choose a prison" : "All", isChosen: prison == nil)]
            + prisons.map { PageChoice(value: $0, label: $0, isChosen: prison?.text == $0) }
        hint =
            report == nil
            ? "Choose a prison: who leaves it in the next \(Report.worklistDays) days, and what each still lacks." : nil
        period = report.map { "\($0.scope.from) to \($0.scope.to)" }
        tables = (report?.tables ?? []).map { table in
            Table(
                caption: table.title, columns: ReportPage.columns(table),
                lines: table.rows.map { Line(cells: $0.map(ReportPage.cell)) }, isEmpty: table.rows.isEmpty)
        }
        notes = (report?.notes ?? []).map { Note(words: $0) }
    }

    /// A heading stands where its figures do.
    private static func columns(_ table: ReportTable) -> [Column] {
        table.columns.enumerated().map { index, name in
            Column(
                heading: OperatorWords.sentence(name),
                isFigure: table.rows.contains { $0.indices.contains(index) && isNumber($0[index]) })
        }
    }

    private static func cell(_ cell: ReportTable.Cell) -> Cell { Cell(text: cell.text, isNumber: isNumber(cell)) }

    private static func isNumber(_ cell: ReportTable.Cell) -> Bool {
        switch cell {
        case .count, .percent, .hidden: true
        case .text, .none: false
        }
    }
}

/// What `flow.mustache` shows.
struct FlowPage: PageContent {
    static let template = PageTemplate.flow
    let title = "Flow"
    let days: Int
    let nothing: Bool
    let rows: [Row]
    let kinds: [Kind]

    struct Row: Sendable {
        let prison: String
        let kind: String
        let recipient: String
        let handovers: Int
        let versions: Int
        let people: Int
        let last: String
    }

    struct Kind: Sendable {
        let name: String
        let consent: String
        let facts: [Fact]
    }
    struct Fact: Sendable { let words: String }

    init(_ map: FlowMap, days: Int) {
        self.days = days
        nothing = map.flows.isEmpty
        rows = map.flows.map {
            Row(
                prison: $0.prison ?? "unknown", kind: OperatorWords.spoken($0.recipientKind), recipient: $0.recipient,
                handovers: $0.handovers, versions: $0.versions, people: $0.people, last: OperatorWords.time($0.last))
        }
        kinds = RecipientKind.allCases.map { kind in
            Kind(
                name: OperatorWords.spoken(kind.rawValue), consent: Disclosure.scope(of: kind).rawValue,
                facts: FlowMap.facts(kind).map { Fact(words: $0) })
        }
    }
}
