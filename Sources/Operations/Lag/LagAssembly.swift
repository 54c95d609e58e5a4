public import ExactlyOnceKafka
public import HandoverPipeline
public import HandoverRules

/// Puts together what the cluster, the hub, the ledger and the past say into a report. Pure.
public struct LagAssembly: Sendable {
    /// What a hub of this process says; nil: there is none here.
    public var hub: HubStatus.Snapshot?
    /// The hub's own instance name.
    public var instance: String?
    public var history = LagHistory()
    /// Records taken alone, from the ledger.
    public var suspects: [TopicPartition: PartitionFacts.Suspect] = [:]
    /// Who recorded each partition last and whether that process runs, from the ledger; nil: not known.
    public var holders: [TopicPartition: RunningInstances.Holder]?
    public var rebalances: [RebalanceNote] = []

    public init() {}

    /// - Parameter moment: the same instant as `at`, by the clock of the hub's own notes.
    public func report(
        _ cluster: ClusterReading, at: Instant, moment: ContinuousClock.Instant = .now
    ) -> LagReport {
        var rows = cluster.readings.map { place, reading in
            LagReport.Partition(place, facts(place, reading, at, moment))
        }
        for topic in cluster.missing {
            var missing = LagReport.Partition(topic: topic, partition: 0)
            missing.reason = "the topic does not exist: topics apply creates it"
            rows.append(missing)
        }
        var report = LagReport(
            group: cluster.group, at: at,
            partitions: rows.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) })
        report.rebalances = rebalances
        return report
    }

    private func facts(
        _ place: TopicPartition, _ reading: LagReading, _ at: Instant, _ moment: ContinuousClock.Instant
    ) -> PartitionFacts {
        var facts = PartitionFacts(
            reading: reading, at: at, past: history.samples(of: place), work: hub?.work(place, moment),
            suspect: suspects[place])
        // The coordinator believes in a killed member until its session expires; the ledger knows better.
        if let holder = holders?[place] {
            facts.publishedNext = holder.publishedNext
            let isGone = holder.instance == instance ? facts.work?.isAssigned == false : !holder.isRunning
            if isGone, facts.work?.isAssigned != true { facts.reading.isAssigned = false }
        }
        return facts
    }
}

extension HubStatus.Snapshot {
    /// What this hub says about one partition at that moment.
    func work(_ place: TopicPartition, _ moment: ContinuousClock.Instant) -> PartitionWork {
        let progress = partitions[place]
        var work = PartitionWork(isAssigned: progress?.assignedAt != nil)
        work.assignedSeconds = progress?.assignedAt.map { moment.seconds(since: $0) }
        work.completedSeconds = progress?.completedAt.map { moment.seconds(since: $0) }
        work.joiningSeconds = unassignedSince.map { moment.seconds(since: $0) }
        work.stopped = progress?.stopped
        work.pause = pause?.why
        work.pauseSeconds = pause.map { moment.seconds(since: $0.since) } ?? 0
        work.inHand = inHand(place, moment)
        return work
    }

    /// Timestamps of the next records, where a batch in hand begins at the next one.
    func heads(_ moment: ContinuousClock.Instant) -> [TopicPartition: Int64] {
        partitions.keys.reduce(into: [:]) { heads, place in
            guard let hand = inHand(place, moment), let milliseconds = hand.milliseconds,
                let position = partitions[place]?.position, hand.offset >= position
            else { return }
            heads[place] = milliseconds
        }
    }

    private func inHand(_ place: TopicPartition, _ moment: ContinuousClock.Instant) -> PartitionWork.InHand? {
        let found = hands.compactMap { stage, hand in hand.heads[place].map { (stage, hand, $0) } }
        guard let (stage, hand, head) = found.min(by: { $0.2.offset < $1.2.offset }) else { return nil }
        var inHand = PartitionWork.InHand(
            stage: stage.rawValue, offset: head.offset, milliseconds: head.milliseconds > 0 ? head.milliseconds : nil,
            seconds: moment.seconds(since: hand.since), failures: hand.failures, cause: hand.cause)
        inHand.isAppendTime = head.isAppendTime
        return inHand
    }
}

extension ContinuousClock.Instant {
    func seconds(since earlier: ContinuousClock.Instant) -> Double {
        let (seconds, fraction) = (self - earlier).components
        return max(0, Double(seconds) + Double(fraction) / 1e18)
    }
}
