import FoundationEssentials
import HandoverPipeline
import HandoverRules
import Postgres

/// One handover: what to do, what to say, what is known, and the forms that answer it.
struct HandoverPage: PageContent {
    /// A box or a button to choose.
    struct Choice: Sendable {
        let value: String
        let label: String
        var isChosen = false
    }

    /// One line of what happened to it.
    struct Event: Sendable {
        let at: String
        let what: String
    }

    static let template = PageTemplate.handover
    let title = "Handover"
    let id: String
    let version: String
    let who: String
    let kind: String
    let priority: String?
    let style: String
    let standing: String
    let standingStyle: String
    let overdue: String?
    let due: String?
    let contactDue: String?
    let stop: String?
    let isEmptied: Bool
    let isLive: Bool
    let isWaiting: Bool
    let hasContent: Bool
    let actions: [String]
    let messages: [HandoverReading.Message]
    let hasMessages: Bool
    let risks: [String]
    let hasRisks: Bool
    let gaps: [String]
    let hasGaps: Bool
    let naloxone: [HandoverReading.Fact]
    let person: [HandoverReading.Fact]
    let release: [HandoverReading.Fact]
    let history: [Event]
    let notice: String?

    // What was entered, where a form comes back.
    var decisions: [Choice] = []
    var rejectReasons: [Choice] = []
    var outcomes: [Choice] = []
    var kitSeen: [Choice] = []
    var boxes: [Choice] = []
    var when: String?
    var problems: [FieldError] = []
    var wrongDecision: String?
    var wrongReason: String?
    var wrongOutcome: String?
    var wrongWhen: String?

    init(_ found: InboxReading, notice: String?, now: HandoverRules.Instant) {
        let reading = found.reading
        id = found.id.uuidString.lowercased()
        version = "\(found.version)"
        let isStopped = found.kind == "STOOD_DOWN"
        who = (isStopped ? found.before?.initials : reading?.name) ?? "Handover \(id.prefix(8))"
        kind = InboxWords.kinds[found.kind] ?? found.kind
        priority = isStopped ? nil : found.priority.map { "\(InboxWords.priorities["P\($0)"] ?? "") (P\($0))" }
        style = InboxWords.style(priority: found.priority)
        isLive = !isStopped && !found.isClosed
        isWaiting = isLive && !found.isAcknowledged
        (standing, standingStyle) =
            isStopped
            ? ("Stopped", "warn")
            : found.isClosed
                ? ("Closed", "") : found.isAcknowledged ? ("Accepted", "good") : ("Waiting for your answer", "")
        let isLate = isWaiting && found.due.map { $0 < now } ?? false
        overdue = isLate ? found.due.map { "Overdue by \(PageTime.text(now - $0))" } : nil
        due = isWaiting ? found.due.map { PageTime.text($0) } : nil
        contactDue = isLive ? reading?.contactDue : nil
        stop = isStopped ? reading?.stopReason ?? "No reason given" : nil
        isEmptied = reading == nil
        hasContent = reading != nil && !isStopped
        actions = reading?.actions ?? []
        messages = reading?.messages ?? []
        hasMessages = !messages.isEmpty
        risks = reading?.risks ?? []
        hasRisks = !risks.isEmpty
        gaps = reading?.gaps ?? []
        hasGaps = !gaps.isEmpty
        naloxone = reading?.naloxone ?? []
        person = reading?.person ?? []
        release = reading?.release ?? []
        history = found.history
        self.notice = notice
        offer([:])
    }

    /// Offers what the forms ask for, with what was entered before.
    mutating func offer(_ entered: [String: [String]]) {
        func choices(_ field: String, _ pairs: [(code: String, words: String)]) -> [Choice] {
            pairs.map {
                Choice(value: $0.code, label: $0.words, isChosen: entered[field]?.contains($0.code) ?? false)
            }
        }
        decisions = choices(
            "decision", [("ACCEPTED", "We accept this person"), ("REJECTED", "We cannot accept this person")])
        rejectReasons = choices("rejectReason", InboxWords.rejectReasons)
        outcomes = choices("outcome", InboxWords.outcomes)
        kitSeen = choices("kitSeen", InboxWords.kitSeen)
        boxes = choices("kmReinforced", messages.map { ($0.code, $0.wording) })
        when = entered["when"]?.first
    }

    /// Shows what is wrong beside its field, and at the top.
    mutating func refuse(_ errors: [FieldError]) {
        problems = errors
        func words(_ field: String) -> String? { errors.first { $0.field == field }?.message }
        wrongDecision = words("decision")
        wrongReason = words("rejectReason")
        wrongOutcome = words("outcome")
        wrongWhen = words("when")
    }
}
