/// What both threads of a session share, behind its gate.
struct SessionState {
    var machine = TransactionStateMachine()
    var producer: (any TransactionCalls)?
    var epoch: UInt64 = 0
    var assigned: Set<TopicPartition> = []
    var membership: (any GroupMembership)?
    /// The first uncommitted offset of each partition, as far as this assignment knows it: where a rewind goes.
    /// Absent: nothing was delivered, so there is nothing to rewind.
    var firstUncommitted: [TopicPartition: Int64] = [:]
    var isRewindRequested = false
    var paused: Set<TopicPartition> = []
    var brokers = BrokerState.reachable
    var isPolling = false
    var isClosing = false

    /// Everything polled so far is void; the next poll delivers again from the first uncommitted offsets.
    mutating func requestRewind(to chosen: [TopicPartition: Int64]) {
        epoch += 1
        isRewindRequested = true
        for (place, offset) in chosen where assigned.contains(place) { firstUncommitted[place] = offset }
    }

    /// A new assignment knows nothing yet; its partitions start at the committed offsets.
    mutating func assign(_ partitions: Set<TopicPartition>, _ newMembership: (any GroupMembership)?) -> UInt64 {
        epoch += 1
        assigned = partitions
        membership = newMembership
        firstUncommitted = [:]
        paused = []
        isRewindRequested = false
        return epoch
    }

    mutating func delivered(first: [TopicPartition: Int64]) {
        for (place, offset) in first where firstUncommitted[place] == nil { firstUncommitted[place] = offset }
    }

    /// A transaction ended: the offsets move, or everything polled comes again.
    mutating func settle(
        _ ending: TransactionStateMachine.Ending, offsets: [TopicPartition: Int64], epoch began: UInt64,
        unwritable: Set<String>
    ) {
        switch ending {
        case .committed:
            for (place, offset) in offsets where assigned.contains(place) { firstUncommitted[place] = offset }
            brokers = .reachable
            // The assignment changed while the commit was on its way: it may have started from the older offsets.
            if epoch != began { requestRewind(to: [:]) }
        case .aborted:
            if unwritable.isEmpty { requestRewind(to: [:]) }
        case .superseded: break
        }
    }
}
