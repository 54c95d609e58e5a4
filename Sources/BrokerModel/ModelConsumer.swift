import ExactlyOnceKafka

/// A consumer on the model: a static member that reads committed records.
final class ModelConsumer: ConsumerCalls, @unchecked Sendable {
    private struct Reading {
        var position: Int64?
        var isPaused = false
        /// Where the end was told last; it is told again when it has moved.
        var toldEnd: Int64?
    }

    private let client: ModelClient
    private let settings: SessionSettings
    private let news: ConsumerNews
    private var member: Int?
    private var generation = -1
    private var readings: [TopicPartition: Reading] = [:]
    private var turn = 0
    private var fatal: KafkaError?

    private var cluster: ModelCluster { client.cluster }
    private var group: ModelGroup { cluster.groups[settings.group] ?? ModelGroup() }

    init(_ client: ModelClient, _ settings: SessionSettings, _ news: ConsumerNews) {
        self.client = client
        self.settings = settings
        self.news = news
    }

    func subscribe(_ topics: [String]) throws {}

    func poll(milliseconds: Int32) -> Polled? {
        do { _ = try client.call(.poll) } catch { return nil }
        if let fatal { return .failed(fatal) }
        keepMembership()
        if let fatal { return .failed(fatal) }
        return fetch()
    }

    func interrupt() {}

    func beat() {
        if let member { cluster.groups[settings.group]?.beat(settings.instance, member, at: cluster.now) }
    }

    // MARK: Membership

    private func keepMembership() {
        guard let member, let known = group.members[settings.instance] else { return join() }
        guard known.id == member else {
            fatal = KafkaError.model("FENCED_INSTANCE_ID", .init(isFatal: true), "poll")
            return
        }
        beat()
        if group.rebalancingSince != nil, !known.hasRejoined {
            letGo()
            cluster.groups[settings.group]?.rejoin(settings.instance)
            cluster.settle(settings.group)
        }
        takeAssignment()
    }

    private func join() {
        letGo()
        member = cluster.groups[settings.group, default: ModelGroup()].join(
            settings.instance, topics: settings.topics, at: cluster.now)
        generation = -1
        cluster.settle(settings.group)
        takeAssignment()
    }

    private func letGo() {
        guard generation >= 0 else { return }
        news.rebalanced(.revoked(readings.keys.sorted()))
        generation = -1
    }

    private func takeAssignment() {
        guard group.rebalancingSince == nil, generation != group.generation,
            let assigned = group.members[settings.instance]?.assigned
        else { return }
        generation = group.generation
        news.rebalanced(.assigned(assigned))
    }

    func assign(_ partitions: [TopicPartition]) {
        readings = Dictionary(uniqueKeysWithValues: partitions.map { ($0, Reading()) })
    }

    func membership(of group: String) -> (any GroupMembership)? {
        member.map { ModelMembership(instance: settings.instance, member: $0, generation: generation) }
    }

    // MARK: Reading

    private func fetch() -> Polled? {
        let places = readings.keys.sorted()
        for step in places.indices {
            let place = places[(turn + step) % places.count]
            if let polled = fetch(place) {
                turn += step
                return polled
            }
        }
        turn += 1
        return nil
    }

    private func fetch(_ place: TopicPartition) -> Polled? {
        guard var reading = readings[place], !reading.isPaused, let log = cluster.logs[place] else { return nil }
        guard let position = reading.position ?? beginning(of: place, log) else { return nil }
        defer { readings[place] = reading }
        if let record = log.next(from: position, in: place) {
            reading.position = record.offset + 1
            return .record(record)
        }
        reading.position = max(position, log.start, log.lastStable)
        guard reading.toldEnd != reading.position else { return nil }
        reading.toldEnd = reading.position
        return .endOfPartition(place, offset: reading.position ?? 0)
    }

    /// The committed offset, once no open transaction can change it; without one, the earliest record.
    private func beginning(of place: TopicPartition, _ log: ModelLog) -> Int64? {
        group.isUnstable(place) ? nil : max(group.offsets[place] ?? log.start, log.start)
    }

    func seek(_ positions: [TopicPartition: Int64], milliseconds: Int32) -> [String] {
        guard !client.isDead else { return ["the client is dead"] }
        for (place, offset) in positions where readings[place] != nil {
            readings[place]?.position = offset
            readings[place]?.toldEnd = nil
        }
        return []
    }

    func pause(_ partitions: Set<TopicPartition>) { for place in partitions { readings[place]?.isPaused = true } }

    func resume(_ partitions: Set<TopicPartition>) { for place in partitions { readings[place]?.isPaused = false } }

    // MARK: Questions

    func committed(_ partitions: [TopicPartition], atMost duration: Duration) throws -> [TopicPartition: Int64?] {
        if try client.call(.committedOffsets) != nil { throw ModelClient.timedOut(.committedOffsets) }
        return try partitions.reduce(into: [:]) { result, place in
            guard !group.isUnstable(place) else {
                throw KafkaError.model("UNSTABLE_OFFSET_COMMIT", .init(isRetriable: true), "committed offsets")
            }
            result[place] = .some(group.offsets[place])
        }
    }

    func watermarks(_ partitions: [TopicPartition]) throws -> [TopicPartition: Watermarks] {
        partitions.reduce(into: [:]) { result, place in
            guard let log = cluster.logs[place] else { return }
            result[place] = Watermarks(low: log.start, lastStable: log.lastStable, high: log.end)
        }
    }

    func clusterID() throws -> String { cluster.id }

    func isAnswered(milliseconds: Int32) -> Bool { !client.isDead }

    func fatalError(at place: String) -> KafkaError? { fatal }
}
