import ExactlyOnceKafka
import Testing

private typealias Machine = TransactionStateMachine
private typealias Flags = KafkaError.Flags

private let fatal = Flags(isFatal: true)
private let abortable = Flags(requiresAbort: true)
private let retriable = Flags(isRetriable: true)
private let none = Flags()

/// A machine that stands before the answer to `call`.
private func machine(before call: Machine.Call, revoked: Bool = false) -> Machine {
    var machine = Machine()
    _ = machine.publishRequested(isCurrent: true)
    if call == .begin { return machine }
    _ = machine.transactionBegun()
    if call == .produce { return machine }
    _ = machine.messagesProduced()
    if call == .sendOffsets { return machine }
    _ = machine.offsetsSent()
    if call == .abort { _ = machine.failed(abortable, code: "ILLEGAL_GENERATION", at: .commit) }
    if call == .rebuildProducer || call == .readCommittedOffsets { _ = machine.deadlinePassed(at: .commit) }
    if call == .readCommittedOffsets { _ = machine.producerRebuilt() }
    return machine
}

/// One row of kafka-facts.md, "Error flags of the transactional API".
struct FlagRow: Sendable, CustomTestStringConvertible {
    let code: String
    let flags: KafkaError.Flags
    let calls: [TransactionStateMachine.Call]
    let expected: @Sendable (TransactionStateMachine.Call) -> TransactionStateMachine.Action

    var testDescription: String { "\(code) at \(calls.map(\.rawValue))" }
}

private let anyCall: [Machine.Call] = [.begin, .produce, .sendOffsets, .commit]

private let abortCodes = [
    "ILLEGAL_GENERATION", "REBALANCE_IN_PROGRESS", "UNKNOWN_MEMBER_ID", "FENCED_INSTANCE_ID",
    "TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED", "UNKNOWN_PRODUCER_ID", "MSG_SIZE_TOO_LARGE",
    "KAFKA_STORAGE_ERROR",
]

private let flagRows: [FlagRow] =
    [
        FlagRow(code: "_FENCED", flags: fatal, calls: anyCall) { .stop(.fenced(code: "_FENCED", at: $0)) },
        FlagRow(code: "_FENCED", flags: abortable, calls: [.sendOffsets, .produce, .commit]) {
            .stop(.fenced(code: "_FENCED", at: $0))
        },
        FlagRow(code: "PRODUCER_FENCED", flags: abortable, calls: anyCall) {
            .stop(.fenced(code: "PRODUCER_FENCED", at: $0))
        },
        FlagRow(code: "INVALID_PRODUCER_EPOCH", flags: fatal, calls: anyCall) {
            .stop(.failed(code: "INVALID_PRODUCER_EPOCH", at: $0))
        },
        FlagRow(code: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", flags: fatal, calls: anyCall) {
            .stop(.failed(code: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", at: $0))
        },
        FlagRow(code: "INVALID_TXN_STATE", flags: fatal, calls: anyCall) { _ in .perform(.rebuildProducer) },
        FlagRow(code: "OUT_OF_ORDER_SEQUENCE_NUMBER", flags: fatal, calls: [.produce, .commit]) { _ in
            .perform(.rebuildProducer)
        },
        FlagRow(code: "_TIMED_OUT", flags: retriable, calls: anyCall) { .repeatCall($0) },
        FlagRow(code: "_CONFLICT", flags: none, calls: anyCall) { _ in .perform(.rebuildProducer) },
        FlagRow(code: "anything", flags: Flags(isFatal: true, requiresAbort: true, isRetriable: true), calls: anyCall) {
            _ in .perform(.rebuildProducer)
        },
        FlagRow(code: "anything", flags: Flags(requiresAbort: true, isRetriable: true), calls: anyCall) { _ in
            .perform(.abort)
        },
    ] + abortCodes.map { FlagRow(code: $0, flags: abortable, calls: anyCall) { _ in .perform(.abort) } }

@Suite("rules: what a transaction does next")
struct TransactionStateMachineTests {
    @Test(arguments: flagRows) func everyErrorFlagHasItsAnswer(_ row: FlagRow) {
        for call in row.calls {
            var machine = machine(before: call)
            #expect(machine.failed(row.flags, code: row.code, at: call) == row.expected(call), "\(call)")
        }
    }

    @Test func theOrdinaryPathIsBeginProduceSendCommit() {
        var machine = Machine()
        #expect(machine.publishRequested(isCurrent: true) == .perform(.begin))
        #expect(machine.transactionBegun() == .perform(.produce))
        #expect(machine.messagesProduced() == .perform(.sendOffsets))
        #expect(machine.offsetsSent() == .perform(.commit))
        #expect(machine.isOpen)
        #expect(machine.commitSucceeded() == .finish(.committed))
        #expect(!machine.isOpen)
    }

    @Test func workOfAnOlderEpochIsNotEvenBegun() {
        var machine = Machine()
        #expect(machine.publishRequested(isCurrent: false) == .finish(.superseded))
        #expect(!machine.isOpen)
    }

    @Test func commitBecomesAbortWhenPartitionsWereRevoked() {
        for call in [Machine.Call.begin, .produce, .sendOffsets] {
            var machine = machine(before: call)
            #expect(machine.partitionsRevoked() == .waitForTransaction)
            let next =
                switch call {
                case .begin: machine.transactionBegun()
                case .produce: machine.messagesProduced()
                default: machine.offsetsSent()
                }
            #expect(next == .perform(.abort), "\(call)")
            #expect(machine.abortSucceeded() == .finish(.aborted(.partitionsRevoked)))
        }
    }

    @Test func aRevocationDuringTheCommitWaitsForItsTrueEnd() {
        var machine = machine(before: .commit)
        #expect(machine.partitionsRevoked() == .waitForTransaction)
        #expect(machine.commitSucceeded() == .finish(.committed))
    }

    @Test func aRevocationWithoutATransactionWaitsForNothingAndIsForgotten() {
        var machine = Machine()
        #expect(machine.partitionsRevoked() == .proceed)
        _ = machine.publishRequested(isCurrent: true)
        #expect(machine.transactionBegun() == .perform(.produce))
    }

    @Test func aRetriableErrorAfterARevocationAbortsInsteadOfRepeating() {
        var machine = machine(before: .sendOffsets)
        _ = machine.partitionsRevoked()
        #expect(machine.failed(retriable, code: "_TIMED_OUT", at: .sendOffsets) == .perform(.abort))
    }

    @Test func aCommitThatNeededASecondAnswerIsFollowedByANewProducer() {
        var machine = machine(before: .commit)
        #expect(machine.failed(retriable, code: "_TIMED_OUT", at: .commit) == .repeatCall(.commit))
        #expect(machine.commitSucceeded() == .perform(.rebuildProducer))
        #expect(machine.producerRebuilt() == .finish(.committed))
    }

    @Test func anUnknownCommitIsDecidedByTheOffsets() {
        let table: [(Machine.OffsetsFound, Machine.Action)] = [
            (.asCarried, .finish(.committed)), (.unmoved, .finish(.aborted(.commitDidNotHappen))),
            (.elsewhere, .stop(.offsetsElsewhere)),
        ]
        for (found, expected) in table {
            var machine = machine(before: .commit)
            #expect(machine.deadlinePassed(at: .commit) == .perform(.rebuildProducer))
            #expect(machine.producerRebuilt() == .perform(.readCommittedOffsets))
            #expect(machine.offsetsRead(found) == expected)
        }
    }

    @Test func aFatalErrorAtTheCommitIsInDoubtToo() {
        var machine = machine(before: .commit)
        #expect(machine.failed(fatal, code: "INVALID_TXN_STATE", at: .commit) == .perform(.rebuildProducer))
        #expect(machine.producerRebuilt() == .perform(.readCommittedOffsets))
    }

    @Test func aFatalErrorBeforeTheCommitCannotHaveCommitted() {
        var machine = machine(before: .sendOffsets)
        _ = machine.failed(fatal, code: "_INCONSISTENT", at: .sendOffsets)
        #expect(
            machine.producerRebuilt() == .finish(.aborted(.failed(code: "_INCONSISTENT", at: .sendOffsets))))
    }

    @Test func anAbortAfterACommitInDoubtGetsANewProducer() {
        var machine = machine(before: .commit)
        _ = machine.failed(retriable, code: "_TIMED_OUT", at: .commit)
        #expect(machine.failed(abortable, code: "KAFKA_STORAGE_ERROR", at: .commit) == .perform(.abort))
        #expect(machine.abortSucceeded() == .perform(.rebuildProducer))
        #expect(
            machine.producerRebuilt() == .finish(.aborted(.failed(code: "KAFKA_STORAGE_ERROR", at: .commit))))
    }

    @Test func everyCallThatTakesTooLongHasAWayOut() {
        let table: [(Machine.Call, Machine.Action)] = [
            (.begin, .perform(.rebuildProducer)), (.produce, .perform(.abort)), (.sendOffsets, .perform(.abort)),
            (.commit, .perform(.rebuildProducer)), (.abort, .perform(.rebuildProducer)),
            (.rebuildProducer, .stop(.unsettled)), (.readCommittedOffsets, .stop(.unsettled)),
        ]
        #expect(Set(table.map(\.0)) == Set(Machine.Call.allCases))
        for (call, expected) in table {
            var machine = machine(before: call)
            #expect(machine.deadlinePassed(at: call) == expected, "\(call)")
        }
    }

    @Test func anAbortThatFailsIsRepeatedOrTheProducerReplaced() {
        var machine = machine(before: .abort)
        #expect(machine.failed(retriable, code: "_TIMED_OUT", at: .abort) == .repeatCall(.abort))
        #expect(machine.failed(none, code: "_STATE", at: .abort) == .perform(.rebuildProducer))
    }

    @Test func anAbortThatNeededASecondAnswerIsFollowedByANewProducer() {
        var machine = machine(before: .abort)
        #expect(machine.failed(retriable, code: "_TIMED_OUT", at: .abort) == .repeatCall(.abort))
        #expect(machine.abortSucceeded() == .perform(.rebuildProducer))
        guard case .finish(.aborted) = machine.producerRebuilt() else {
            return #expect(Bool(false), "the abort is known; a new producer does not change it")
        }
    }

    @Test func settlingRepeatsWhatPassesAndStopsAtWhatDoesNot() {
        for call in [Machine.Call.rebuildProducer, .readCommittedOffsets] {
            var machine = machine(before: call)
            #expect(machine.failed(retriable, code: "_TIMED_OUT", at: call) == .repeatCall(call))
            #expect(
                machine.failed(none, code: "_AUTHENTICATION", at: call)
                    == .stop(.failed(code: "_AUTHENTICATION", at: call)))
        }
    }

    @Test func producersAreNotReplacedForEver() {
        var machine = Machine(rebuildsMax: 2)
        var actions: [Machine.Action] = []
        for _ in 1...3 {
            _ = machine.publishRequested(isCurrent: true)
            actions.append(machine.failed(fatal, code: "INVALID_TXN_STATE", at: .begin))
            if actions.last == .perform(.rebuildProducer) { _ = machine.producerRebuilt() }
        }
        #expect(actions.last == .stop(.rebuildsExhausted(code: "INVALID_TXN_STATE")))
    }

    @Test func aStoppedMachineStaysStopped() {
        var machine = machine(before: .commit)
        _ = machine.failed(fatal, code: "_FENCED", at: .commit)
        #expect(machine.publishRequested(isCurrent: true) == .stop(.fenced(code: "_FENCED", at: .commit)))
    }
}
