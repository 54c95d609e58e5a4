public import ExactlyOnceKafka
import HandoverPipeline
import HandoverRules

extension LagReport.Partition {
    /// Judges what is known. Pure: the same facts always give the same row.
    public init(_ place: TopicPartition, _ facts: PartitionFacts) {
        self.init(topic: place.topic, partition: place.partition)
        let reading = facts.reading
        position = reading.position
        logStart = reading.low
        lastStableOffset = reading.lastStable
        highWatermark = reading.high
        isCommitted = reading.committed != nil
        if let committed = reading.committed { deletedUnread = max(0, reading.low - committed) }
        count(facts)
        movement = LagMovement(
            past: facts.past, now: reading.sample(at: facts.at, lag: lag), publishedNext: facts.publishedNext)
        secondsToCatchUp = movement.secondsToCatchUp(lag)
        commitSeconds = isCommitted ? facts.work?.completedSeconds ?? movement.committedStandsSeconds : nil
        retain(reading)
        (state, reason, stuck) = LagJudgement(row: self, facts: facts).verdict
    }

    private mutating func count(_ facts: PartitionFacts) {
        let reading = facts.reading
        guard reading.position <= reading.lastStable else { return }
        let isRead = reading.hasMore ? reading.found?.reachedEnd ?? false : true
        isExact = isRead
        let count = isRead && reading.hasMore ? reading.found?.records ?? 0 : reading.lastStable - reading.position
        lag = count
        guard count > 0 else {
            lagSeconds = 0
            return
        }
        var next = reading.found?.firstMilliseconds
        var isAppendTime = reading.found?.isAppendTime ?? false
        if next == nil, let hand = facts.work?.inHand, hand.offset >= reading.position {
            next = hand.milliseconds
            isAppendTime = hand.isAppendTime
        }
        guard let next, next > 0 else { return }
        timestampKind = isAppendTime ? "LogAppendTime" : "CreateTime"
        let age = Double(facts.at.milliseconds - next) / 1000
        isSkewed = age < 0
        lagSeconds = max(0, age)
    }

    /// By time where the topic's retention is known; the deletion of what was not read is certain either way.
    private mutating func retain(_ reading: LagReading) {
        guard let kept = reading.retentionMilliseconds, kept > 0, let lagSeconds else { return }
        retentionShare = lagSeconds * 1000 / Double(kept)
    }
}

/// Which one state a partition is in, and why. The first that fits counts: what somebody must do about first.
struct LagJudgement {
    typealias Verdict = (state: LagReport.State, reason: String, stuck: LagReport.Stuck?)

    let row: LagReport.Partition
    let facts: PartitionFacts

    var verdict: Verdict {
        guard let lag = row.lag else { return beyondTheEnd }
        if let stopped = facts.work?.stopped { return (.paused, LagJudgement.words(ofStop: stopped), nil) }
        if isJoining { return (.starting, note("the group rebalances"), nil) }
        if !isAssigned { return (.unassigned, note("no process has this partition"), nil) }
        if let stuck = suspect ?? failing(lag) ?? silent(lag) { return stuck }
        if let from = row.movement.rewoundFrom { return (.rewound, note(rewind(from)), nil) }
        if isBlocked(lag) { return (.blocked, note(heldBack), nil) }
        if lag == 0 { return (.idle, note(""), nil) }
        if isStarting { return (.starting, note("assigned a moment ago"), nil) }
        if let pause { return (.paused, note(pause), nil) }
        return (.lagging, note(row.movement.isGrowing ? "it grows" : ""), nil)
    }

    // MARK: What fits

    /// What a hub says of itself counts before what the group's coordinator believes: a killed process is a member
    /// there until its session expires.
    private var isAssigned: Bool {
        if facts.work?.isAssigned == true { return true }
        return facts.reading.isAssigned ?? (facts.work == nil)
    }

    private var isJoining: Bool {
        guard let work = facts.work, !work.isAssigned, let age = work.joiningSeconds else { return false }
        return age < LagLimits.startingSeconds
    }

    private var beyondTheEnd: Verdict {
        if let stopped = facts.work?.stopped { return (.paused, LagJudgement.words(ofStop: stopped), nil) }
        return (.unknown, "the committed offset lies beyond the end: was the topic made anew?", nil)
    }

    private var suspect: Verdict? {
        guard let suspect = facts.suspect, suspect.offset >= facts.reading.position else { return nil }
        let stuck = LagReport.Stuck(
            offset: suspect.offset, stage: facts.work?.inHand?.stage ?? "record", attempts: Int(suspect.attempts),
            cause: facts.work?.inHand?.cause ?? "CRASH")
        let text =
            "the record at \(suspect.offset) is taken alone after starts without progress, attempt "
            + "\(suspect.attempts); after \(HubLimits.attemptsMax) it goes to /rejected as POISON"
        return (.stalled, note(text), stuck)
    }

    private func failing(_ lag: Int64) -> Verdict? {
        guard lag > 0, let hand = facts.work?.inHand, hand.failures > 0, hand.seconds >= LagLimits.failingSeconds else {
            return nil
        }
        let cause = hand.cause ?? "an error"
        let text =
            "the record at \(hand.offset) waits in stage \(hand.stage): \(cause), \(hand.failures) attempts in "
            + "\(Int(hand.seconds)) s; it goes on by itself when the cause is gone"
        return (.stalled, note(text), stuck(hand))
    }

    private func silent(_ lag: Int64) -> Verdict? {
        guard lag > 0, let seconds = quietSeconds, seconds >= LagLimits.silentSeconds else { return nil }
        let hand = facts.work?.inHand
        let text =
            "nothing was completed for \(Int(seconds)) s although records wait"
            + (hand.map { "; in hand: the record at \($0.offset), stage \($0.stage)" } ?? "")
        return (.stalled, note(text), hand.map(stuck) ?? LagReport.Stuck(offset: facts.reading.position, attempts: 0))
    }

    /// How long nothing was completed while something could have been.
    private var quietSeconds: Double? {
        if let work = facts.work, work.isAssigned {
            // What came a moment ago waits for a moment only, however long ago the last record was.
            let since = [work.completedSeconds, work.assignedSeconds].compactMap { $0 }.min()
            return [since, waitingSeconds].compactMap { $0 }.min()
        }
        return [row.movement.committedStandsSeconds, waitingSeconds].compactMap { $0 }.min()
    }

    /// For how long samples in a row have shown that something waits.
    private var waitingSeconds: Double? {
        let waiting = facts.past.reversed().prefix { $0.lag.map { $0 > 0 } ?? true }
        return waiting.last.map { (facts.at - $0.at).seconds } ?? 0
    }

    private func isBlocked(_ lag: Int64) -> Bool {
        lag == 0 && (row.movement.heldBackSeconds ?? 0) >= LagLimits.blockedSeconds
    }

    private var isStarting: Bool {
        guard let work = facts.work, work.completedSeconds == nil, let age = work.assignedSeconds else { return false }
        return age < LagLimits.startingSeconds
    }

    /// The hub fetches nothing, and nothing was completed since.
    private var pause: String? {
        guard let work = facts.work, let why = work.pause, work.completedSeconds ?? .infinity >= work.pauseSeconds
        else { return nil }
        return "no fetching for \(Int(work.pauseSeconds)) s: \(why)"
    }

    // MARK: Words

    private func stuck(_ hand: PartitionWork.InHand) -> LagReport.Stuck {
        LagReport.Stuck(offset: hand.offset, stage: hand.stage, attempts: hand.failures + 1, cause: hand.cause)
    }

    private func rewind(_ from: Int64) -> String {
        facts.reading.committed.map { "the group's offset went back from \(from) to \($0)" }
            ?? "the group's commit at \(from) is gone"
    }

    private var heldBack: String {
        let offsets = (facts.reading.high ?? 0) - facts.reading.lastStable
        return "an open transaction holds \(offsets) offsets back for \(Int(row.movement.heldBackSeconds ?? 0)) s"
    }

    /// The reason, and whatever else an operator should know.
    private func note(_ reason: String) -> String {
        let reading = facts.reading
        var notes = reason.isEmpty ? [] : [reason]
        if let from = row.movement.rewoundFrom, rewind(from) != reason { notes.append(rewind(from)) }
        if row.deletedUnread > 0 {
            notes.append("\(row.deletedUnread) offsets were deleted by retention before they were read")
        } else if let share = row.retentionShare, share >= LagLimits.retentionNear {
            notes.append("retention is near: \(Int(share * 100)) % of what the topic keeps")
        }
        if row.state != .blocked, let high = reading.high, high > reading.lastStable, !reason.hasPrefix("an open") {
            notes.append("an open transaction holds \(high - reading.lastStable) offsets back")
        }
        if reading.committed == nil, reading.hasMore, row.movement.rewoundFrom == nil {
            notes.append("nothing is committed yet: begins at the earliest record")
        }
        if row.isSkewed { notes.append("the next record's timestamp lies in the future") }
        return notes.joined(separator: "; ")
    }

    private static func words(ofStop reason: String) -> String {
        switch reason {
        case "LEDGER_BEHIND":
            "LEDGER_BEHIND: the committed offset is beyond what the ledger recorded; see the log for the remedy"
        case "TOPIC_RECREATED":
            "TOPIC_RECREATED: the topic ends before what the ledger recorded; see the log for the remedy"
        default: reason
        }
    }
}
