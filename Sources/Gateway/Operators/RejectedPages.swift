import EventContracts
import HandoverPipeline
import HandoverRules
import Operations

/// What `rejected.mustache` shows.
struct RejectedPage: PageContent {
    static let template = PageTemplate.rejected
    let title = "Rejected"
    let notice: String?
    let nothing: Bool
    let groups: [Group]
    let isOps: Bool
    let isOperator: Bool
    let list: List?

    struct Group: Sendable {
        let code: String
        let meaning: String?
        let topicName: String
        let count: Int
        let known: Int
        let oldest: String
        let path: String
    }

    struct List: Sendable {
        let reasons: [PageChoice]
        let states: [PageChoice]
        let topicFilter: String?
        let isKnown: Bool
        let rows: [Row]
        let isEmpty: Bool
        let nextPath: String?
        /// Fields of the form that sends all of them again; nil where nothing is chosen.
        let redrive: Chosen?
    }

    struct Chosen: Sendable {
        let reason: String?
        let topic: String?
        let known: String?
    }

    struct Row: Sendable {
        let place: String
        let path: String
        let stateName: String
        let tone: String
        let reason: String
        let detail: String
        let seen: String
    }

    init(
        _ groups: [DeadLetters.Group], _ visit: PageVisit, _ chosen: (DeadLetterFilter, [LedgerView.Rejected])?
    ) {
        let now = MachineClock.now()
        isOps = visit.viewer.isOps
        isOperator = visit.viewer == .opsOperator
        nothing = groups.isEmpty
        notice =
            if let sent = visit.query("sent").flatMap({ Int($0) }) {
                "\(sent) sent again. What the hub refuses again comes back here under a new place."
            } else if visit.query("discarded") != nil { "Discarded. It stays in the ledger." } else { nil }
        self.groups = groups.prefix(GatewayLimits.operatorPageMax).map {
            Group(
                code: $0.reason, meaning: RejectionWords.meaning($0.reason), topicName: $0.topic, count: $0.count,
                known: $0.known,
                oldest: OperatorWords.age(now - $0.oldest),
                path: PageVisit.path("/rejected", [("reason", $0.reason), ("topic", $0.topic)]))
        }
        list = chosen.map { RejectedPage.list($0, $1) }
    }

    private static func list(_ filter: DeadLetterFilter, _ records: [LedgerView.Rejected]) -> List {
        let shown = records.prefix(GatewayLimits.operatorPageMax)
        let known = filter.isKnown ? "yes" : nil
        let query: [(String, String?)] = [
            ("reason", filter.reason), ("topic", filter.topic), ("known", known),
            ("state", filter.state?.rawValue ?? "ALL"), ("after", shown.last?.place.description),
        ]
        let isChosen = filter.state == .open && (filter.reason != nil || filter.topic != nil || filter.isKnown)
        return List(
            reasons: [PageChoice(value: "", label: "Every reason", isChosen: filter.reason == nil)]
                + RejectionReason.allCases.map {
                    PageChoice(value: $0.rawValue, label: $0.rawValue, isChosen: filter.reason == $0.rawValue)
                },
            states: DeadLetterFilter.State.allCases.map {
                PageChoice(
                    value: $0.rawValue, label: OperatorWords.spoken($0.rawValue), isChosen: filter.state == $0)
            } + [PageChoice(value: "ALL", label: "All", isChosen: filter.state == nil)],
            topicFilter: filter.topic, isKnown: filter.isKnown, rows: shown.map(row), isEmpty: shown.isEmpty,
            nextPath: records.count > shown.count ? PageVisit.path("/rejected", query) : nil,
            redrive: isChosen && !shown.isEmpty
                ? Chosen(reason: filter.reason, topic: filter.topic, known: known) : nil)
    }

    private static func row(_ record: LedgerView.Rejected) -> Row {
        Row(
            place: record.place.description,
            path: PageVisit.path("/rejected/record", [("place", record.place.description)]),
            stateName: OperatorWords.spoken(record.state),
            tone: record.state == DeadLetterFilter.State.open.rawValue ? "bad" : "good",
            reason: record.reason, detail: record.detail, seen: OperatorWords.time(record.firstSeen))
    }
}

/// What `rejectedRecord.mustache` shows.
struct RejectedRecordPage: PageContent {
    static let template = PageTemplate.rejectedRecord
    let title = "Rejected record"
    let problems: [FieldError]
    let place: String
    let stateName: String
    let look: String
    let reason: String
    let meaning: String?
    let remedy: String?
    let detail: String
    let recordTime: String
    let seen: String
    let attempts: Int
    let keySize: String
    let valueSize: String
    let isOperator: Bool
    /// An operator may send it again or be done with it.
    let mayAct: Bool
    let content: RejectedContent?

    init(_ record: LedgerView.Rejected, _ visit: PageVisit, problems: [FieldError], content: RejectedContent?) {
        self.problems = problems
        place = record.place.description
        stateName = OperatorWords.spoken(record.state)
        look = record.state == DeadLetterFilter.State.open.rawValue ? "bad" : "good"
        reason = record.reason
        meaning = RejectionWords.meaning(record.reason)
        remedy = RejectionWords.remedy(record.reason)
        detail = record.detail
        recordTime = OperatorWords.time(record.recordTime)
        seen = OperatorWords.time(record.firstSeen)
        attempts = Int(record.attempts)
        keySize = record.keyBytes.map { "\($0) bytes" } ?? "null"
        valueSize = record.valueBytes.map { "\($0) bytes" } ?? "null"
        isOperator = visit.viewer == .opsOperator
        mayAct = isOperator && record.state == DeadLetterFilter.State.open.rawValue
        self.content = content
    }
}

/// What `redrive.mustache` shows: the dry run.
struct RedrivePage: PageContent {
    static let template = PageTemplate.redrive
    let title = "Send again"
    let problems: [FieldError]
    let readyCount: Int
    let hasReady: Bool
    let rows: [Row]
    let isCut: Bool
    let because: String?
    let place: String?
    let reason: String?
    let topic: String?
    let known: String?

    struct Row: Sendable {
        let record: String
        let code: String
        let words: String
        let tone: String
    }

    init(_ plan: Redrive, _ form: FormFields, because: String?, problems: [FieldError]) {
        self.problems = problems
        readyCount = plan.ready.count
        hasReady = !plan.ready.isEmpty
        rows = plan.items.map {
            Row(
                record: $0.record.place.description, code: $0.record.reason, words: $0.verdict.words,
                tone: $0.verdict == .ready ? "good" : "warn")
        }
        isCut = plan.items.count == GatewayLimits.redriveRecordsMax
        self.because = because
        place = form["place"]
        reason = form["reason"]
        topic = form["topic"]
        known = form["known"]
    }
}

/// What `discard.mustache` shows.
struct DiscardPage: PageContent {
    static let template = PageTemplate.discard
    let title = "Discard"
    let place: String
    let because: String
}
