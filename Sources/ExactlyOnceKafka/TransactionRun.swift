/// Carries one transaction out: performs what the state machine says and tells it what happened.
final class TransactionRun {
    private typealias Machine = TransactionStateMachine

    private let session: ExactlyOnceSession
    private let messages: [OutboundMessage]
    private let offsets: [TopicPartition: Int64]
    private let epoch: UInt64
    private let membership: (any GroupMembership)?
    private let offsetsBefore: [TopicPartition: Int64]
    private var producer: (any TransactionCalls)?
    private var unwritable: Set<String> = []
    private let began: ContinuousClock.Instant
    private var abortBegan: ContinuousClock.Instant?
    private var settlementBegan: ContinuousClock.Instant?

    init(
        _ session: ExactlyOnceSession, _ messages: [OutboundMessage], _ offsets: [TopicPartition: Int64],
        _ epoch: UInt64
    ) {
        self.session = session
        self.messages = messages
        self.offsets = offsets
        self.epoch = epoch
        began = session.clients.now
        (membership, offsetsBefore, producer) = session.gate.withLock {
            ($0.membership, $0.firstUncommitted, $0.producer)
        }
    }

    func carryOut(_ first: TransactionStateMachine.Action) throws -> PublishOutcome {
        var action = first
        while true {
            switch action {
            case .perform(let call): action = perform(call)
            case .repeatCall(let call):
                session.rest()
                let isClosing = session.gate.withLock { $0.isClosing }
                action =
                    isClosing || session.clients.now >= deadline(of: call)
                    ? advance { $0.deadlinePassed(at: call) } : perform(call)
            case .finish(let ending): return outcome(ending)
            case .stop(let reason): throw reason.error
            }
        }
    }

    private func outcome(_ ending: Machine.Ending) -> PublishOutcome {
        switch ending {
        case .committed: return .committed
        case .superseded: return .superseded
        case .aborted(let reason): return unwritable.isEmpty ? .aborted(reason) : .unwritable(topics: unwritable)
        }
    }

    /// One step of the machine; an ending settles the session's offsets under the same lock.
    private func advance(_ happened: (inout Machine) -> Machine.Action) -> Machine.Action {
        session.gate.withLock { state in
            let action = happened(&state.machine)
            if case .finish(let ending) = action {
                state.settle(ending, offsets: offsets, epoch: epoch, unwritable: unwritable)
            }
            return action
        }
    }

    private func perform(_ call: Machine.Call) -> Machine.Action {
        do {
            let happened = try attempt(call)
            return advance(happened)
        } catch let error as KafkaError {
            unwritable.formUnion(producer?.takeUnwritableTopics() ?? [])
            if error.recovery != .retry || call == .rebuildProducer { session.say("transaction: \(error)") }
            return advance { $0.failed(error.flags, code: error.code, at: call) }
        } catch {
            return advance { $0.failed(.init(), code: "_INVALID_ARG", at: call) }
        }
    }

    private func attempt(_ call: Machine.Call) throws -> (inout Machine) -> Machine.Action {
        switch call {
        case .begin:
            try running().begin()
            return { $0.transactionBegun() }
        case .produce:
            try running().produce(messages, until: deadline(of: .produce))
            return { $0.messagesProduced() }
        case .sendOffsets:
            guard let membership else {
                throw KafkaError(
                    code: "_UNKNOWN_MEMBER", flags: .init(requiresAbort: true), place: "publish",
                    message: "no assignment has been given yet")
            }
            try running().sendOffsets(offsets, membership, atMost: session.settings.deadlines.call)
            return { $0.offsetsSent() }
        case .commit:
            try running().commit(atMost: session.settings.deadlines.call)
            return { $0.commitSucceeded() }
        case .abort:
            abortBegan = abortBegan ?? session.clients.now
            try running().abort(atMost: session.settings.deadlines.call)
            unwritable.formUnion(producer?.takeUnwritableTopics() ?? [])
            return { $0.abortSucceeded() }
        case .rebuildProducer:
            try rebuild()
            return { $0.producerRebuilt() }
        case .readCommittedOffsets:
            let found = try whereOffsetsAre()
            return { $0.offsetsRead(found) }
        }
    }

    private func running() throws -> any TransactionCalls {
        if let producer { return producer }
        throw KafkaError(
            code: "_STATE", flags: .init(isFatal: true), place: "publish", message: "the session is not running")
    }

    /// The old producer goes first: two with one transactional id would fence each other.
    private func rebuild() throws {
        if settlementBegan == nil {
            settlementBegan = session.clients.now
            producer = nil
            let leaving = Leaving(producer: session.gate.withLock { $0.producer.take() })
            OwnThread.run(atMost: session.settings.deadlines.call) { leaving.release() }
        }
        let fresh = try producer ?? session.clients.producer(session.settings)
        producer = fresh
        try fresh.initialise(atMost: session.settings.deadlines.call)
        session.gate.withLock { $0.producer = fresh }
    }

    /// Partitions this transaction did not move say nothing; the others must agree.
    private func whereOffsetsAre() throws -> Machine.OffsetsFound {
        let moved = offsets.filter { offsetsBefore[$0.key] != $0.value }
        let committed = try session.committedOffsets(Array(moved.keys), atMost: session.settings.deadlines.call)
        guard !moved.isEmpty else { return .elsewhere }
        if moved.allSatisfy({ committed[$0.key] == .some($0.value) }) { return .asCarried }
        let unmoved = moved.allSatisfy { place, offset in
            guard let found = committed[place] ?? nil else { return true }
            return found < offset
        }
        return unmoved ? .unmoved : .elsewhere
    }

    private func deadline(of call: Machine.Call) -> ContinuousClock.Instant {
        let deadlines = session.settings.deadlines
        return switch call {
        case .begin, .produce, .sendOffsets, .commit: began + deadlines.commit
        case .abort: (abortBegan ?? session.clients.now) + deadlines.commit
        case .rebuildProducer, .readCommittedOffsets: (settlementBegan ?? session.clients.now) + deadlines.settlement
        }
    }
}

extension TransactionStateMachine.StopReason {
    /// The error a caller sees; its recovery is always stop.
    var error: KafkaError {
        switch self {
        case .fenced(let code, let call):
            stop(
                code, call.rawValue, "Another process runs under the same instance name: give each its own hub.instance"
            )
        case .failed(let code, let call):
            stop(code, call.rawValue, "this instance cannot go on; restart it once the cause is gone")
        case .rebuildsExhausted(let code):
            stop(code, "rebuildProducer", "new producers failed \(KafkaLimits.rebuildsMax) times in a row; see the log")
        case .offsetsElsewhere:
            stop(
                "OFFSETS_ELSEWHERE", "readCommittedOffsets",
                "somebody else moved this group's offsets; restart to go on from them")
        case .unsettled:
            stop("OUTCOME_UNKNOWN", "commit", "no broker told the outcome; a restart reads it from the offsets")
        }
    }

    private func stop(_ code: String, _ place: String, _ message: String) -> KafkaError {
        KafkaError(code: code, flags: .init(isFatal: true), place: place, message: message)
    }
}
