/// Decides what happens next to a transaction: a pure value that is told what happened and answers with one action.
/// The session performs the action and comes back with what happened then. No broker, no clock, no lock.
///
/// Flags are acted on in this order: fenced → stop; fatal → a new producer; abort required → abort;
/// retriable → the same call again; none of them → as fatal (kafka-facts.md, "Error flags").
public struct TransactionStateMachine: Sendable {
    /// The calls a session makes.
    public enum Call: String, Sendable, CaseIterable {
        case begin, produce, sendOffsets, commit, abort
        /// Throw the producer away, make one with the same transactional id, `init_transactions`.
        case rebuildProducer
        /// Read the group's committed offsets and compare them with what this transaction carried.
        case readCommittedOffsets
    }

    public enum Action: Sendable, Equatable {
        case perform(Call)
        /// The same call again after a short rest, while its deadline lasts.
        case repeatCall(Call)
        case finish(Ending)
        case stop(StopReason)
    }

    public enum Ending: Sendable, Equatable {
        case committed
        case aborted(AbortReason)
        case superseded
    }

    public enum AbortReason: Sendable, Equatable {
        case partitionsRevoked
        case deadlinePassed(Call)
        case failed(code: String, at: Call)
        /// The commit was in doubt, and the offsets show that it did not happen.
        case commitDidNotHappen
    }

    public enum StopReason: Sendable, Equatable {
        /// Somebody else runs under this identity.
        case fenced(code: String, at: Call)
        case failed(code: String, at: Call)
        /// ``KafkaLimits/rebuildsMax`` producers in a row came to nothing.
        case rebuildsExhausted(code: String)
        /// The offsets are neither where they were nor where this transaction put them.
        case offsetsElsewhere
        /// No broker told the outcome in time.
        case unsettled
    }

    /// Where the group's offsets were found after a commit in doubt.
    public enum OffsetsFound: Sendable, Equatable { case asCarried, unmoved, elsewhere }

    /// What a revocation has to do about the open transaction.
    public enum RevocationAction: Sendable, Equatable { case proceed, waitForTransaction }

    private var call: Call?
    private var isRevoked = false
    private var abortReason: AbortReason?
    /// A commit was sent and its answer did not come: only the offsets, or the next answer, can tell.
    private var isCommitInDoubt = false
    /// An abort was sent and its answer did not come: it may still arrive, in the middle of the next transaction.
    private var isAbortInDoubt = false
    /// Known already, while the producer is still being replaced.
    private var settledEnding: Ending?
    private var stopReason: StopReason?
    private var rebuilds = 0
    private let rebuildsMax: Int

    public init(rebuildsMax: Int = KafkaLimits.rebuildsMax) {
        self.rebuildsMax = rebuildsMax
    }

    /// Whether a transaction is between its beginning and its end.
    public var isOpen: Bool { call != nil }

    // MARK: What happened

    /// Somebody wants to publish a batch; it is current when no revocation or rewind happened since it was polled.
    public mutating func publishRequested(isCurrent: Bool) -> Action {
        if let stopReason { return .stop(stopReason) }
        guard isCurrent else { return .finish(.superseded) }
        isRevoked = false
        abortReason = nil
        isCommitInDoubt = false
        isAbortInDoubt = false
        settledEnding = nil
        return perform(.begin)
    }

    public mutating func transactionBegun() -> Action { isRevoked ? abort(.partitionsRevoked) : perform(.produce) }

    public mutating func messagesProduced() -> Action {
        isRevoked ? abort(.partitionsRevoked) : perform(.sendOffsets)
    }

    /// The last place where a revocation turns commit into abort.
    public mutating func offsetsSent() -> Action { isRevoked ? abort(.partitionsRevoked) : perform(.commit) }

    public mutating func commitSucceeded() -> Action {
        rebuilds = 0
        guard isCommitInDoubt else { return finish(.committed) }
        // An earlier, delayed EndTxn could still hit the next transaction of this producer: a new one fences it.
        settledEnding = .committed
        return perform(.rebuildProducer)
    }

    public mutating func abortSucceeded() -> Action {
        let ending = Ending.aborted(abortReason ?? .commitDidNotHappen)
        guard isCommitInDoubt || isAbortInDoubt else { return finish(ending) }
        settledEnding = ending
        return perform(.rebuildProducer)
    }

    public mutating func producerRebuilt() -> Action {
        if let settledEnding { return finish(settledEnding) }
        if isCommitInDoubt { return perform(.readCommittedOffsets) }
        return finish(.aborted(abortReason ?? .commitDidNotHappen))
    }

    public mutating func offsetsRead(_ found: OffsetsFound) -> Action {
        switch found {
        case .asCarried:
            rebuilds = 0
            return finish(.committed)
        case .unmoved: return finish(.aborted(.commitDidNotHappen))
        case .elsewhere: return stop(.offsetsElsewhere)
        }
    }

    /// Partitions are being taken away, on the intake thread, while another may be in the middle of a transaction.
    public mutating func partitionsRevoked() -> RevocationAction {
        guard isOpen else { return .proceed }
        isRevoked = true
        return .waitForTransaction
    }

    /// A call failed with these flags under this name.
    public mutating func failed(_ flags: KafkaError.Flags, code: String, at call: Call) -> Action {
        if code == "_FENCED" || code == "PRODUCER_FENCED" { return stop(.fenced(code: code, at: call)) }
        if flags.isFatal { return failedFatally(code, at: call) }
        switch call {
        case .rebuildProducer, .readCommittedOffsets:
            return flags.isRetriable ? .repeatCall(call) : stop(.failed(code: code, at: call))
        case .abort:
            guard flags.isRetriable, !flags.requiresAbort else { return rebuild(code) }
            isAbortInDoubt = true
            return .repeatCall(.abort)
        case .begin, .produce, .sendOffsets, .commit:
            if flags.requiresAbort { return abort(.failed(code: code, at: call)) }
            guard flags.isRetriable else { return failedFatally(code, at: call) }
            return failedForNow(at: call)
        }
    }

    /// The time for this call, repetitions included, is over.
    public mutating func deadlinePassed(at call: Call) -> Action {
        switch call {
        case .produce, .sendOffsets: return abort(.deadlinePassed(call))
        case .begin, .abort:
            abortReason = abortReason ?? .deadlinePassed(call)
            return rebuild("_TIMED_OUT")
        case .commit:
            isCommitInDoubt = true
            return rebuild("_TIMED_OUT")
        case .rebuildProducer, .readCommittedOffsets: return stop(.unsettled)
        }
    }

    // MARK: What follows

    private mutating func failedForNow(at call: Call) -> Action {
        if call == .commit { isCommitInDoubt = true }
        if isRevoked, call != .commit { return abort(.partitionsRevoked) }
        return .repeatCall(call)
    }

    private mutating func failedFatally(_ code: String, at call: Call) -> Action {
        if code.hasSuffix("AUTHORIZATION_FAILED") || code == "FENCED_INSTANCE_ID" || code == "INVALID_PRODUCER_EPOCH" {
            return stop(.failed(code: code, at: call))
        }
        if call == .rebuildProducer || call == .readCommittedOffsets { return stop(.failed(code: code, at: call)) }
        if call == .commit { isCommitInDoubt = true }
        abortReason = abortReason ?? .failed(code: code, at: call)
        return rebuild(code)
    }

    private mutating func rebuild(_ code: String) -> Action {
        rebuilds += 1
        return rebuilds > rebuildsMax ? stop(.rebuildsExhausted(code: code)) : perform(.rebuildProducer)
    }

    private mutating func abort(_ reason: AbortReason) -> Action {
        abortReason = reason
        return perform(.abort)
    }

    private mutating func perform(_ next: Call) -> Action {
        call = next
        return .perform(next)
    }

    private mutating func finish(_ ending: Ending) -> Action {
        call = nil
        return .finish(ending)
    }

    private mutating func stop(_ reason: StopReason) -> Action {
        call = nil
        stopReason = reason
        return .stop(reason)
    }
}
