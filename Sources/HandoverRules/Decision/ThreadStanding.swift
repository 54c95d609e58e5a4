public import FoundationEssentials

/// Where a handover stands (domain.md §12, the handover region). The first three have no thread: they are what an
/// ``Outcome`` says of a recipient that was told nothing.
public enum ThreadState: String, Sendable, Hashable, CaseIterable {
    case none = "NONE", suppressed = "SUPPRESSED", queued = "QUEUED"
    case sent = "SENT", acked = "ACKED", rejected = "REJECTED", overdue = "OVERDUE"
    /// Seen or in treatment since the release, or not so by the end of day 21.
    case engaged = "ENGAGED", notEngaged = "NOT_ENGAGED"
    /// 84 days after the release.
    case closed = "CLOSED"
    case stoodDown = "STOOD_DOWN"

    /// What an outcome comes to where no thread says more; nil: nothing was decided yet.
    public init(_ outcome: Outcome?) {
        switch outcome?.state {
        case nil: self = .none
        case .suppressed: self = .suppressed
        case .queued, .humanQueue: self = .queued
        case .sent: self = .sent
        case .stoodDown: self = .stoodDown
        }
    }
}

/// How closely a released person is followed up (domain.md §8): red to day 13, amber to day 27, watch to day 83.
public enum FollowUpWindow: String, Sendable, Hashable, CaseIterable {
    case red = "RED", amber = "AMBER", watch = "WATCH"

    /// nil before the release and from the day on which threads close.
    public init?(day: Int, _ rules: Rulebook) {
        switch day {
        case 0..<rules.redDays: self = .red
        case rules.redDays..<rules.amberDays: self = .amber
        case rules.amberDays..<rules.threadClosesDays: self = .watch
        default: return nil
        }
    }
}

/// One thread as it stands at the decision's now; derived from the thread, the events and the rules, never kept.
public struct ThreadStanding: Sendable, Hashable {
    /// handoverId.
    public var thread: UUID
    public var spell: UUID
    public var state: ThreadState
    /// nil before the release, after day 83, and on a thread that was stood down.
    public var window: FollowUpWindow?
    public init(thread: UUID, spell: UUID, state: ThreadState, window: FollowUpWindow?) {
        self.thread = thread
        self.spell = spell
        self.state = state
        self.window = window
    }
}

extension ThreadStanding {
    /// - Parameter release: of the thread's spell, nil before it.
    static func of(
        _ thread: HandoverThread, release: Instant?, _ responses: Responses, now: Instant, _ rules: Rulebook
    ) -> ThreadStanding {
        let day = release.map { London.date(of: now).days(since: London.date(of: $0)) }
        var standing = ThreadStanding(thread: thread.id, spell: thread.spell, state: .stoodDown, window: nil)
        if thread.kind == .stoodDown { return standing }
        if let day { standing.window = FollowUpWindow(day: day, rules) }
        standing.state = live(thread, release, day, responses, now, rules)
        return standing
    }

    private static func live(
        _ thread: HandoverThread, _ release: Instant?, _ day: Int?, _ responses: Responses, _ now: Instant,
        _ rules: Rulebook
    ) -> ThreadState {
        if let day, let release {
            if day >= rules.threadClosesDays { return .closed }
            if responses.isEngaged(thread.id, since: release) { return .engaged }
            if day > rules.engagementDueDays { return .notEngaged }
        }
        if responses.isAcked(thread) { return .acked }
        if responses.isRejected(thread) { return .rejected }
        if let due = thread.ackDueAt, now >= due { return .overdue }
        return .sent
    }
}

/// The days after release on which a thread changes by itself (domain.md §8): 14, 22, 28 and 84.
enum FollowUpClock {
    static func next(after now: Instant, release: Instant, _ rules: Rulebook) -> Instant? {
        let date = London.date(of: release)
        for day in [rules.redDays, rules.engagementDueDays + 1, rules.amberDays, rules.threadClosesDays].sorted() {
            let mark = London.instant(date.adding(days: day), at: .zero)
            if now < mark { return mark }
        }
        return nil
    }
}
