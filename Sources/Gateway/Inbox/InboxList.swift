import FoundationEssentials
import HandoverPipeline
import HandoverRules
import Hummingbird
import Operations
import Postgres

/// GET /inbox: a recipient's handovers, what waits for an answer first.
struct InboxList: Sendable {
    /// What of the inbox is shown, as the page offers it.
    enum Show: String, CaseIterable, Sendable {
        case all, waiting, accepted, stopped

        var words: String {
            switch self {
            case .all: "Everything current"
            case .waiting: "Waiting for an answer"
            case .accepted: "Accepted"
            case .stopped: "Stopped lately"
            }
        }
    }

    func get(_ visit: PageVisit) async throws -> Response {
        guard case .recipient(let recipient) = visit.viewer, let bearer = visit.bearer else { throw Problem.scope }
        let show = visit.query("show").flatMap(Show.init(rawValue:)) ?? .all
        let page = min(max(visit.query("page").flatMap { Int($0) } ?? 1, 1), GatewayLimits.inboxPagesMax)
        let office = visit.query("office").flatMap(\.removingPercentEncoding)
        let doors = visit.doors
        let content = try await doors.work.run { connection in
            let now = try doors.now(on: connection)
            let rows = try connection.query(
                InboxSQL.list(
                    of: recipient, show: show.rawValue, office: office, newest: GatewayLimits.inboxNewest,
                    stopDays: GatewayLimits.inboxStoppedDays, now: PostgresTimestamp(microseconds: now.microseconds),
                    offset: Int64((page - 1) * GatewayLimits.inboxPage), limit: Int64(GatewayLimits.inboxPage)))
            var cards: [InboxPage.Card] = []
            var positions: [Int64] = []
            for row in rows {
                cards.append(try InboxPage.Card(row, now: now))
                positions.append(try row[0])
            }
            if let first = positions.min(), let last = positions.max() {
                try connection.execute(
                    GatewaySQL.audit(
                        token: bearer.tokenID, action: "INBOX", first: first, last: last, items: rows.count))
            }
            var counts: (waiting: Int64, overdue: Int64, all: Int64) = (0, 0, 0)
            if let row = rows.first { counts = (try row[8], try row[9], try row[10]) }
            var offices: [(String, String)] = []
            for row in try connection.query(InboxSQL.offices(of: recipient)) {
                offices.append((try row[0], try row[1]))
            }
            let name: String? = try connection.query(InboxSQL.name(of: recipient)).first?[0]
            let webhook = try RecipientLag.webhooks(of: recipient, on: connection).first
            return InboxPage(
                recipient: name ?? recipient, webhook: webhook, cards: cards, offices: offices, office: office,
                show: show, page: page,
                counts: counts)
        }
        return visit.show(content)
    }
}

/// A page of the inbox.
struct InboxPage: PageContent {
    /// One handover.
    struct Card: Sendable {
        let id: String
        let who: String
        let priority: String?
        let priorityStyle: String
        let style: String
        let kind: String
        let standing: String
        let standingStyle: String
        let overdue: String?
        let due: String?
        let firstAction: String?
        let from: String?
        let stop: String?
        let sentAt: String
    }

    struct Choice: Sendable {
        let value: String
        let label: String
        let isChosen: Bool
    }

    static let template = PageTemplate.inbox
    let title = "Handovers"
    let recipient: String
    let cards: [Card]
    let summary: String
    /// What the recipient's webhook has not taken; nil: nothing waits for it.
    let webhook: String?
    let shows: [Choice]
    let offices: [Choice]
    let hasOffices: Bool
    let isEmpty: Bool
    let previous: String?
    let next: String?
    let place: String

    init(
        recipient: String, webhook: RecipientLag?, cards: [Card], offices: [(String, String)], office: String?,
        show: InboxList.Show, page: Int,
        counts: (waiting: Int64, overdue: Int64, all: Int64)
    ) {
        self.recipient = recipient
        self.webhook = webhook.flatMap(InboxPage.words)
        self.cards = cards
        self.offices = offices.map { Choice(value: $0.0, label: $0.1, isChosen: $0.0 == office) }
        hasOffices = !offices.isEmpty
        isEmpty = cards.isEmpty
        shows = InboxList.Show.allCases.map { Choice(value: $0.rawValue, label: $0.words, isChosen: $0 == show) }
        let overdue =
            switch counts.overdue {
            case 0: ""
            case counts.waiting: counts.waiting == 1 ? ", overdue" : ", all of them overdue"
            default: ", \(counts.overdue) of them overdue"
            }
        summary =
            counts.waiting == 0
            ? "Nothing waits for an answer."
            : "\(counts.waiting) \(counts.waiting == 1 ? "waits" : "wait") for an answer\(overdue)."
        let pages = max(1, (Int(counts.all) + GatewayLimits.inboxPage - 1) / GatewayLimits.inboxPage)
        let office = office?.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        func path(_ page: Int) -> String { "/inbox?show=\(show.rawValue)&office=\(office)&page=\(page)" }
        previous = page > 1 ? path(page - 1) : nil
        next = page < min(pages, GatewayLimits.inboxPagesMax) ? path(page + 1) : nil
        place = "Page \(page) of \(pages), \(counts.all) \(counts.all == 1 ? "handover" : "handovers")"
    }
}

extension InboxPage {
    /// `3 wait for your webhook since 28 May 2026, 21:26.`
    private static func words(_ webhook: RecipientLag) -> String? {
        guard let oldest = webhook.oldest else { return nil }
        let isMany = webhook.handovers >= RecipientLag.countedMax
        return (isMany ? "At least " : "") + "\(webhook.handovers) \(webhook.handovers == 1 ? "waits" : "wait") "
            + "for your webhook since \(PageTime.text(oldest))."
    }
}

extension InboxPage.Card {
    /// - Parameter row: of ``InboxSQL/list(of:show:office:newest:stopDays:now:offset:limit:)``.
    init(_ row: PostgresRow, now: HandoverRules.Instant) throws {
        let handover: UUID = try row[1]
        let content = (try row[11] as [UInt8]?).flatMap { HandoverReading($0) }
        let priority = try row[3] as Int16?
        let due = try (row[5] as PostgresTimestamp?)?.instant
        let standing: Int32 = try row[6]
        let isStopped = standing == 1
        id = handover.uuidString.lowercased()
        let name = isStopped ? content?.initials : content?.name
        who = name ?? "Handover \(id.prefix(8))"
        let code: String = try row[2]
        kind = InboxWords.kinds[code] ?? code
        priorityStyle = InboxWords.style(priority: priority.map { Int($0) })
        style = isStopped ? "warn" : standing >= 3 ? "good" : priorityStyle
        self.priority = isStopped ? nil : priority.map { "\(InboxWords.priorities["P\($0)"] ?? "") (P\($0))" }
        switch standing {
        case 1: (self.standing, standingStyle) = ("Stopped", "warn")
        case 2: (self.standing, standingStyle) = ("Not accepted", "")
        case 3: (self.standing, standingStyle) = ("Accepted", "good")
        case 4: (self.standing, standingStyle) = ("In contact", "good")
        default: (self.standing, standingStyle) = ("Waiting for your answer", "")
        }
        let isLate = standing == 0 && due.map { $0 < now } ?? false
        overdue = isLate ? due.map { "Overdue by \(PageTime.text(now - $0))" } : nil
        self.due = standing == 0 ? due.map { "Answer by \(PageTime.text($0))" } : nil
        firstAction = isStopped ? nil : content?.actions.first
        from = isStopped ? nil : content?.prison
        stop = isStopped ? HandoverReading(try row.bytes(12))?.stopReason ?? "No reason given" : nil
        sentAt = PageTime.text((try row[4] as PostgresTimestamp).instant)
    }
}
