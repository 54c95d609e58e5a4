import ExactlyOnceKafka
import Postgres

/// The publisher's thread: one Kafka transaction per recorded batch (design.md §3, step 6).
final class PublishStage {
    private let hub: Hub
    private let parts: HubParts
    private let recipients: RecipientTopics
    private let seals: MessageSeals
    private var inHand: RecordedBatch?

    init(_ hub: Hub, _ parts: HubParts) throws {
        self.hub = hub
        self.parts = parts
        recipients = RecipientTopics(hub, parts)
        seals = MessageSeals(hub, parts)
    }

    func run() throws {
        while let batch = parts.toPublish.take() {
            take(batch)
            var backoff = Backoff()
            while inHand != nil, try !attempt() { backoff.wait { hub.isEnding } }
        }
    }

    var isIdle: Bool { inHand == nil }

    /// Takes a batch in hand.
    func take(_ batch: RecordedBatch) {
        hub.status.takes(.publish, batch.heads)
        inHand = batch
    }

    /// Tries once to publish the batch in hand; false when something must pass by itself first. What requires it is
    /// aborted and comes again; anything else stops the hub.
    func attempt() throws -> Bool {
        guard let batch = inHand else { return true }
        guard !hub.isEnding else { return settle(batch, isPublished: false) }
        do {
            return settle(batch, isPublished: try publish(batch))
        } catch let error as KafkaError where error.recovery != .stop {
            hub.note(.kafka, .waiting("\(error.code) at \(error.place)"))
            hub.status.fails(.publish, error.code)
            guard error.recovery == .abort else { return false }
            parts.session.requestRewind()
            return settle(batch, isPublished: false)
        } catch let error as PostgresError where error.recovery == .retry {
            hub.note(.postgres, .waiting("\(error.code): \(error.message)"))
            hub.status.fails(.publish, error.code)
            return false
        }
    }

    private func settle(_ batch: RecordedBatch, isPublished: Bool) -> Bool {
        inHand = nil
        hub.status.lays(down: .publish)
        parts.flight.landed(leftover: isPublished ? batch.leftover : [], epoch: batch.epoch)
        return true
    }

    /// Publishes a batch; false when nothing of it became visible and its records come again.
    private func publish(_ batch: RecordedBatch) throws -> Bool {
        let plan = try emissionPlan(batch)
        let started = ContinuousClock.now
        let (ready, closed) = try seals.seal(plan.included.map { batch.staged[$0] }, version: batch.registerVersion)
        var messages = ready
        var hasHeld = !closed.isEmpty
        if hasHeld { messages = try recipients.holdKeyless(closed, of: messages) }
        while true {
            guard !plan.offsets.isEmpty else {
                rewindWaiting(plan)
                // Nothing could go: the partition it waits for gets a moment.
                hub.world.rest(HubLimits.backoffFirst)
                return false
            }
            let outcome = try parts.session.publish(
                messages.map(\.message), offsets: plan.offsets, epoch: batch.epoch)
            switch outcome {
            case .committed:
                hub.status.spent((ContinuousClock.now - started).seconds, in: .publish)
                committed(batch, messages, plan)
                rewindWaiting(plan)
                // What was recorded meanwhile may carry successors of what is held now: it comes again without them.
                if hasHeld { parts.session.requestRewind() }
                return true
            case .aborted(let reason):
                hub.status.aborted()
                hub.log.notice("kafka transaction aborted", metadata: ["reason": "\(reason)"])
                return false
            case .superseded: return false
            case .unwritable(let topics):
                guard !hub.isEnding else { return false }
                let before = messages.count
                messages = try recipients.resolve(topics, in: messages)
                hasHeld = hasHeld || messages.count < before
            }
        }
    }

    /// What this hub remembers of committed offsets is enough in nearly every case; where it says that something must
    /// wait, the group is asked, because another instance may have gone on there.
    private func emissionPlan(_ batch: RecordedBatch) throws -> EmissionPlan {
        let known = parts.leases.publishedNext
        func asked(_ source: TopicPartition) throws -> Int64? {
            try parts.session.committedOffsets([source])[source] ?? nil
        }
        let plan = try EmissionPlan(messages: batch.staged, bounds: batch.bounds) { source in
            if let next = known[source] { return next }
            return try asked(source)
        }
        guard !plan.waiting.isEmpty else { return plan }
        return try EmissionPlan(messages: batch.staged, bounds: batch.bounds, committed: asked)
    }

    private func committed(_ batch: RecordedBatch, _ messages: [StagedMessage], _ plan: EmissionPlan) {
        parts.leases.published(plan.offsets)
        hub.note(.kafka, .ready)
        hub.status.committed(
            batch, messages: messages, offsets: plan.offsets,
            nowMilliseconds: hub.world.now().milliseconds)
    }

    /// Records that wait for a predecessor in another partition are read again, after a moment for that partition.
    private func rewindWaiting(_ plan: EmissionPlan) {
        guard !plan.waiting.isEmpty else { return }
        hub.log.notice("order kept", metadata: ["waiting": "\(plan.waiting.keys.sorted())"])
        parts.session.requestRewind(to: plan.waiting)
    }
}
