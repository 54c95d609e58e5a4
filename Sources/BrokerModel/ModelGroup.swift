import ExactlyOnceKafka

/// A consumer group of the model: static members (KIP-345), eager rebalances, range assignment, a generation that
/// rises with every rebalance and that offsets in transactions are checked against (KIP-447).
struct ModelGroup {
    struct Member {
        let id: Int
        var topics: [String]
        var assigned: [TopicPartition] = []
        /// Whether it has joined the rebalance that is going on.
        var hasRejoined = true
        var lastBeat: Duration
    }

    private(set) var generation = 0
    private(set) var members: [String: Member] = [:]
    private(set) var rebalancingSince: Duration?
    private(set) var offsets: [TopicPartition: Int64] = [:]
    /// Offsets of transactions that have not ended, by producer.
    private(set) var pending: [Int64: [TopicPartition: Int64]] = [:]
    private var nextMember = 1

    // MARK: Membership

    /// A static member that comes back has its partitions at once and fences its former self; anybody else makes the
    /// group rebalance.
    mutating func join(_ instance: String, topics: [String], at now: Duration) -> Int {
        let id = nextMember
        nextMember += 1
        if let former = members[instance], former.topics == topics, rebalancingSince == nil {
            members[instance] = Member(
                id: id, topics: topics, assigned: former.assigned, lastBeat: now)
        } else {
            members[instance] = Member(id: id, topics: topics, lastBeat: now)
            rebalance(at: now)
            members[instance]?.hasRejoined = true
        }
        return id
    }

    /// A member has seen that the group rebalances, let its partitions go and asks for new ones.
    mutating func rejoin(_ instance: String) { members[instance]?.hasRejoined = true }

    mutating func beat(_ instance: String, _ id: Int, at now: Duration) {
        if members[instance]?.id == id { members[instance]?.lastBeat = now }
    }

    /// Members that said nothing for a session timeout are put out.
    mutating func expire(silentSince limit: Duration, at now: Duration) {
        for (instance, member) in members where member.lastBeat < limit {
            members[instance] = nil
            rebalance(at: now)
        }
    }

    mutating func rebalance(at now: Duration) {
        guard rebalancingSince == nil else { return }
        rebalancingSince = now
        for instance in members.keys { members[instance]?.hasRejoined = false }
    }

    /// Ends a rebalance once everybody is there, or without those who did not come in time.
    mutating func settle(partitions: [String: Int], waitedFor limit: Duration, at now: Duration) {
        guard let since = rebalancingSince else { return }
        if members.values.contains(where: { !$0.hasRejoined }) {
            guard now - since >= limit else { return }
            members = members.filter { $0.value.hasRejoined }
        }
        rebalancingSince = nil
        generation += 1
        assign(partitions)
    }

    private mutating func assign(_ partitions: [String: Int]) {
        let instances = members.keys.sorted()
        for instance in instances { members[instance]?.assigned = [] }
        guard !instances.isEmpty else { return }
        for topic in Set(members.values.flatMap(\.topics)).sorted() {
            let takers = instances.filter { members[$0]?.topics.contains(topic) == true }
            let count = partitions[topic] ?? 0
            var next = 0
            for (index, instance) in takers.enumerated() {
                let share = count / takers.count + (index < count % takers.count ? 1 : 0)
                members[instance]?.assigned += (next..<next + share).map { TopicPartition(topic, Int32($0)) }
                next += share
            }
        }
    }

    // MARK: Offsets

    /// TxnOffsetCommit: refused from anybody whom the group has left behind.
    mutating func take(
        _ carried: [TopicPartition: Int64], of producer: Int64, from membership: ModelMembership, at place: String
    ) throws {
        let abort = KafkaError.Flags(requiresAbort: true)
        guard let member = members[membership.instance] else {
            throw KafkaError.model("UNKNOWN_MEMBER_ID", abort, place)
        }
        guard member.id == membership.member else { throw KafkaError.model("FENCED_INSTANCE_ID", abort, place) }
        guard membership.generation == generation, rebalancingSince == nil || !member.hasRejoined else {
            throw KafkaError.model("ILLEGAL_GENERATION", abort, place)
        }
        pending[producer, default: [:]].merge(carried) { $1 }
    }

    mutating func settle(_ producer: Int64, isCommit: Bool) {
        guard let carried = pending.removeValue(forKey: producer), isCommit else { return }
        offsets.merge(carried) { $1 }
    }

    /// Whether a transaction that has not ended carries an offset of this partition: it can still change.
    func isUnstable(_ source: TopicPartition) -> Bool { pending.values.contains { $0[source] != nil } }

    /// An operator, or a disaster, put the offset somewhere else.
    mutating func reset(_ source: TopicPartition, to offset: Int64?) { offsets[source] = offset }
}

/// The group's word on one assignment, as the model's clients carry it.
final class ModelMembership: GroupMembership {
    let instance: String
    let member: Int
    let generation: Int?

    init(instance: String, member: Int, generation: Int) {
        self.instance = instance
        self.member = member
        self.generation = generation
    }
}
