import HandoverPipeline
import HandoverRules
import Operations

/// `/lag`: how far the hub is behind. Counts and states, never a person.
struct LagPage: PageContent {
    static let template = PageTemplate.lag

    let title = "How far the hub is behind"
    let summary: String
    let measured: String
    let isLive: Bool
    let live: String
    let still: String
    let alarms: [LagAlarm]
    let hasAlarms: Bool
    let moreAlarms: String?
    let topics: [LagTopicRow]
    let charts: [LagChart]
    let hasCharts: Bool
    /// Topics on which nothing waited, in words; nil: none.
    let calm: String?
    let recipients: [RecipientRow]
    let hasRecipients: Bool
    let moreRecipients: String?
    let heading: String
    let rows: [LagRow]
    let page: Int
    let pages: Int
    let previous: String?
    let following: String?
    let rebalances: [RebalanceRow]
    let hasRebalances: Bool

    /// What of it is asked for.
    struct Choice: Sendable {
        /// One topic's partitions only.
        var topic: String?
        /// From 1.
        var page = 1
        var isLive = false

        init(topic: String? = nil, page: Int = 1, isLive: Bool = false) {
            self.topic = topic
            self.page = page
            self.isLive = isLive
        }

        func path(page: Int? = nil, isLive: Bool? = nil) -> String {
            var parts: [String] = []
            if let topic { parts.append("topic=\(LocalPath.encode(topic))") }
            let number = page ?? self.page
            if number > 1 { parts.append("page=\(number)") }
            if isLive ?? self.isLive { parts.append("live=1") }
            return "/lag" + (parts.isEmpty ? "" : "?" + parts.joined(separator: "&"))
        }
    }

    init(_ report: LagReport, _ figures: Figures, _ choice: Choice, now: Instant) {
        summary = LagWords.summary(report)
        measured = LagWords.measured(report.at)
        isLive = choice.isLive
        live = choice.path(isLive: true)
        still = choice.path(isLive: false)
        let bad = report.partitions.filter(\.state.isAlarming).sorted { $0.state.severity > $1.state.severity }
        alarms = bad.prefix(GatewayLimits.alarmsShownMax).map(LagAlarm.init)
        hasAlarms = !bad.isEmpty
        moreAlarms = bad.count > alarms.count ? "\(bad.count - alarms.count) more, in the table below." : nil
        topics = report.topics.map(LagTopicRow.init)
        let drawn = figures.curves.compactMap { LagChart($0, now: now) }
        charts = drawn.filter { !$0.isCalm }
        hasCharts = !drawn.isEmpty
        let quiet = drawn.filter(\.isCalm).map(\.name)
        calm = quiet.isEmpty ? nil : "Nothing waited at any measurement on \(quiet.joined(separator: ", "))."
        let waiting = figures.recipients ?? []
        recipients = waiting.prefix(GatewayLimits.rowsOfPageMax).map {
            RecipientRow($0, now: figures.now ?? now)
        }
        hasRecipients = !waiting.isEmpty
        moreRecipients = waiting.count > recipients.count ? "\(waiting.count - recipients.count) more." : nil
        let chosen = report.partitions.filter { choice.topic == nil || $0.topic == choice.topic }
        heading = choice.topic.map { "Partitions of \($0)" } ?? "Partitions"
        let size = GatewayLimits.rowsOfPageMax
        pages = max(1, (chosen.count + size - 1) / size)
        page = min(max(1, choice.page), pages)
        rows = chosen.dropFirst((page - 1) * size).prefix(size).map(LagRow.init)
        previous = page > 1 ? choice.path(page: page - 1) : nil
        following = page < pages ? choice.path(page: page + 1) : nil
        rebalances = report.rebalances.suffix(20).reversed().map(RebalanceRow.init)
        hasRebalances = !rebalances.isEmpty
    }
}

/// A partition that somebody should look at.
struct LagAlarm: Sendable {
    let place: String
    let look: String
    let word: String
    let waiting: String
    let why: String

    init(_ row: LagReport.Partition) {
        place = "\(row.topic), partition \(row.partition)"
        look = LagWords.look(row.state)
        word = row.state.words
        waiting = LagWords.waiting(row.lag, row.isExact, row.lagSeconds)
        why = row.reason
    }
}

struct LagTopicRow: Sendable {
    let topic: String
    let link: String
    let tone: String
    let condition: String
    let waits: String
    let age: String
    let inward: String
    let outward: String
    let count: Int

    init(_ own: LagReport.Topic) {
        topic = own.name
        link = LagPage.Choice(topic: own.name).path()
        tone = LagWords.look(own.worst)
        condition = own.worst.words
        waits = own.total.map(String.init) ?? "not known"
        age = own.seconds.map(Figure.age) ?? "not known"
        inward = own.inRate.map(Figure.short) ?? "–"
        outward = own.outRate.map(Figure.short) ?? "–"
        count = own.partitions.count
    }
}

struct LagRow: Sendable {
    let spot: String
    let isBad: Bool
    let colour: String
    let state: String
    let position: String
    let stable: String
    let end: String
    let lag: String
    let behind: String
    let rates: String
    let eta: String
    let commit: String
    /// A line of its own below the figures; nil: nothing to say.
    let why: String?

    init(_ row: LagReport.Partition) {
        func number(_ value: Int64?) -> String { value.map(String.init) ?? "–" }
        func rate(_ value: Double?) -> String { value.map(Figure.short) ?? "–" }
        spot = "\(row.topic) \(row.partition)"
        isBad = row.state.isAlarming
        colour = LagWords.look(row.state)
        state = row.state.words
        position = number(row.position)
        stable = number(row.lastStableOffset)
        end = number(row.highWatermark)
        lag = (row.isExact ? "" : "at most ") + number(row.lag)
        behind = row.lagSeconds.map(Figure.age) ?? "–"
        rates = rate(row.movement.inRate) + ", " + rate(row.movement.outRate)
        eta = row.secondsToCatchUp.map(Figure.age) ?? "–"
        commit = row.commitSeconds.map { Figure.age($0) + " ago" } ?? (row.isCommitted ? "–" : "never")
        why = row.reason.isEmpty ? nil : row.reason
    }
}

struct RecipientRow: Sendable {
    let recipient: String
    let way: String
    let handovers: String
    let people: String
    let minutes: String
    let fetched: String

    init(_ row: RecipientLag, now: Instant) {
        recipient = row.recipient
        way = row.door.rawValue
        let isMany = row.handovers >= RecipientLag.countedMax
        handovers = row.isKnown ? (isMany ? "at least " : "") + "\(row.handovers)" : "not known"
        people = row.isKnown ? (isMany ? "at least " : "") + "\(row.people)" : "not known"
        minutes = row.minutes(at: now).map(String.init) ?? "–"
        fetched = row.fetchedAt.map(OperatorWords.time) ?? (row.door == .kafka ? "–" : "never")
    }
}

struct RebalanceRow: Sendable {
    let moment: String

    init(_ note: RebalanceNote) {
        let change = note.isAssignment ? "given to" : "taken from"
        moment =
            "\(OperatorWords.second(note.at)): \(note.partitions) partitions "
            + "\(change) \(note.instance)" + (note.generation.map { ", generation \($0)" } ?? "")
    }
}

/// Words that several pages use.
enum LagWords {
    static func summary(_ report: LagReport) -> String {
        let bad = report.partitions.count { $0.state.isAlarming }
        let trouble = bad == 0 ? "" : " \(bad) of \(report.partitions.count) partitions need somebody to look."
        guard let total = report.total else { return "How much waits is not known." + trouble }
        if total == 0 { return "Nothing waits: everything that came in has been dealt with." + trouble }
        let oldest = report.partitions.compactMap(\.lagSeconds).max().map { ", the oldest for \(Figure.age($0))" } ?? ""
        return "\(report.isExact ? "" : "At most ")\(total) records wait\(oldest)." + trouble
    }

    static func waiting(_ lag: Int64?, _ isExact: Bool, _ seconds: Double?) -> String {
        guard let lag else { return "How much waits is not known." }
        if lag == 0 { return "Nothing waits." }
        let oldest = seconds.map { ", the oldest for \(Figure.age($0))" } ?? ""
        return "\(isExact ? "" : "At most ")\(lag) waiting\(oldest)."
    }

    static func measured(_ at: Instant) -> String {
        "Measured at \(OperatorWords.second(at))."
    }

    /// The class of a tag or a card.
    static func look(_ state: LagReport.State) -> String {
        switch state {
        case .idle: "good"
        case .lagging, .starting: ""
        case .unknown, .rewound, .paused, .blocked: "warn"
        case .unassigned, .stalled: "bad"
        }
    }
}
