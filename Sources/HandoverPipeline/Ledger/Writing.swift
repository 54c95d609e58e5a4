import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

/// Everything a batch writes, gathered as columns: the number of statements does not depend on its size.
struct Writing {
    var messages = MessageColumns()
    var newSubjects: [String] = []
    var newSnapshots: [[UInt8]] = []
    var knownSubjects: [String] = []
    var knownSnapshots: [[UInt8]] = []
    /// Numbers merged away, and those kept instead.
    var merged = MergeColumns()
    var newMerged = MergeColumns()
    var concernNumbers: [String] = []
    var concernEvents: [UUID] = []
    var claims = ClaimColumns()
    var endedClaims = ClaimColumns()
    var timerIDs: [UUID] = []
    var timerSubjects: [String] = []
    var timerKinds: [String] = []
    var timerCauses: [String] = []
    var timerDue: [PostgresTimestamp] = []
    var endedTimers: [UUID] = []
    var outcomes = OutcomeColumns()
    var qualityCodes: [String] = []
    var qualityEvents: [UUID] = []
    var qualitySubjects: [String] = []
    var qualityAt: [PostgresTimestamp] = []
    var dispositionEvents: [UUID] = []
    var dispositions: [String] = []
    var dispositionReasons: [String] = []
    var rejected = RejectedColumns()
    var rejections = RejectionColumns()
    /// Tasks about rejected events that have a newer version now.
    var replacedRejections: [UUID] = []
    var canaries = CanaryColumns()
    var leases = LeaseColumns([])
    var recordedThrough: [Int64] = []
    var publishedThrough: [Int64] = []
    var trusted: [Bool] = []

    mutating func merge(_ number: String, into kept: String, isKnown: Bool) {
        if isKnown {
            merged.numbers.append(number)
            merged.kept.append(kept)
        } else {
            newMerged.numbers.append(number)
            newMerged.kept.append(kept)
        }
    }

    mutating func concern(_ number: String, _ event: UUID) {
        concernNumbers.append(number)
        concernEvents.append(event)
    }

    mutating func add(timer: Timer, id: UUID, subject: String) {
        timerIDs.append(id)
        timerSubjects.append(subject)
        timerKinds.append(timer.kind.rawValue)
        timerCauses.append(timer.cause.lowercaseText)
        timerDue.append(timer.dueAt.postgres)
    }

    mutating func add(outcome: Outcome, subject: String, at: Instant, cause: UUID) {
        outcomes.spells.append(outcome.spell)
        outcomes.scopes.append(outcome.scope.rawValue)
        outcomes.subjects.append(subject)
        outcomes.states.append(outcome.state.rawValue)
        outcomes.reasons.append(outcome.reason)
        outcomes.released.append(outcome.released)
        outcomes.decidedAt.append(at.postgres)
        outcomes.causes.append(cause)
    }

    mutating func add(quality: DataQuality, subject: String, at: Instant) {
        qualityCodes.append(quality.code)
        qualityEvents.append(quality.event)
        qualitySubjects.append(subject)
        qualityAt.append(at.postgres)
    }

    mutating func add(disposition: Disposition) {
        guard disposition.state != .applied || !disposition.reason.isEmpty else { return }
        dispositionEvents.append(disposition.event)
        dispositions.append(disposition.state.rawValue)
        dispositionReasons.append(disposition.reason)
    }

    mutating func add(
        decided: OutboundDecision, message: OutboundMessage, subject: String, cause: UUID, held: Bool,
        registerVersion: Int64
    ) {
        messages.streams.append(decided.id)
        messages.versions.append(Int32(decided.version))
        messages.causes.append(cause)
        messages.subjects.append(subject)
        messages.spells.append(decided.spell)
        messages.kinds.append(decided.kind?.rawValue ?? "TASK")
        if case .handover(let recipient) = decided.destination {
            messages.recipientKinds.append(recipient.kind.rawValue)
            messages.recipients.append(recipient.provider.text)
        } else {
            messages.recipientKinds.append(nil)
            messages.recipients.append(nil)
        }
        messages.priorities.append((decided.priority?.rawValue).map(Int16.init))
        messages.taskCodes.append(decided.taskCode)
        messages.sentAt.append(decided.sentAt.postgres)
        messages.ackDueAt.append(decided.ackDueAt?.postgres)
        messages.predTopics.append(decided.predecessor?.topic)
        messages.predPartitions.append(decided.predecessor?.partition)
        messages.predOffsets.append(decided.predecessor?.offset)
        messages.topics.append(message.topic)
        messages.headers.append(HeaderBytes.encode(message.headers))
        messages.bodies.append(message.value ?? [])
        messages.held.append(held)
        messages.contentDigests.append(decided.thread?.contentDigest)
        messages.contactDueAt.append(decided.thread?.contactDueAt?.postgres)
        messages.clockFrom.append(decided.thread?.clockFrom?.postgres)
        messages.ackFrom.append((decided.thread?.ackFrom).map { Int32(clamping: $0) })
        messages.decidedFrom.append(decided.decidedFrom.isEmpty ? nil : EventIDs.encode(decided.decidedFrom))
        messages.closes.append(decided.closes)
        messages.registerVersions.append(registerVersion)
    }

    mutating func add(rejected record: KafkaRecord, reason: String, detail: String, attempts: Int) {
        rejected.topics.append(record.topic)
        rejected.partitions.append(record.partition)
        rejected.offsets.append(record.offset)
        rejected.reasons.append(reason)
        rejected.details.append(detail)
        rejected.keys.append(record.key)
        rejected.values.append(record.value)
        rejected.headers.append(HeaderBytes.encode(record.headers))
        rejected.times.append(Instant(milliseconds: record.timestampMilliseconds).postgres)
        rejected.attempts.append(Int32(attempts))
    }

    /// Rows of the tables that grow, for ``PlanAge``.
    var rows: [Int] {
        [newSubjects.count, claims.kits.count, messages.streams.count, timerIDs.count, outcomes.spells.count]
    }

    /// Queues every statement that has rows, in the one order of locks.
    func queue(on pipe: PostgresPipeline, cluster: String) {
        if !newSubjects.isEmpty { pipe.execute(LedgerSQL.insertStates(newSubjects, newSnapshots)) }
        if !knownSubjects.isEmpty { pipe.execute(LedgerSQL.updateStates(knownSubjects, knownSnapshots)) }
        if !newMerged.numbers.isEmpty {
            pipe.execute(LedgerSQL.insertMerged(newMerged.numbers, into: newMerged.kept))
        }
        if !merged.numbers.isEmpty { pipe.execute(LedgerSQL.updateMerged(merged.numbers, into: merged.kept)) }
        if !concernNumbers.isEmpty { pipe.execute(LedgerSQL.concern(concernNumbers, concernEvents)) }
        if !endedClaims.kits.isEmpty { pipe.execute(LedgerSQL.deleteClaims(endedClaims.kits, endedClaims.numbers)) }
        if !claims.kits.isEmpty {
            pipe.execute(LedgerSQL.insertClaims(claims.kits, claims.turns, claims.numbers))
        }
        if !messages.streams.isEmpty { pipe.execute(LedgerSQL.insertMessages(messages)) }
        if !timerIDs.isEmpty {
            pipe.execute(LedgerSQL.insertTimers(timerIDs, timerSubjects, timerKinds, timerCauses, timerDue))
        }
        if !endedTimers.isEmpty { pipe.execute(LedgerSQL.deleteTimers(endedTimers)) }
        if !outcomes.spells.isEmpty { pipe.execute(LedgerSQL.setOutcomes(outcomes)) }
        if !qualityCodes.isEmpty {
            pipe.execute(LedgerSQL.openDataQuality(qualityCodes, qualityEvents, qualitySubjects, qualityAt))
        }
        if !dispositionEvents.isEmpty {
            pipe.execute(LedgerSQL.setDispositions(dispositionEvents, dispositions, dispositionReasons))
        }
        if !replacedRejections.isEmpty { pipe.execute(LedgerSQL.replaceRejections(replacedRejections)) }
        if !rejections.tasks.isEmpty { pipe.execute(LedgerSQL.insertRejections(rejections)) }
        if !canaries.ids.isEmpty { pipe.execute(CanarySQL.record(canaries)) }
        if !rejected.topics.isEmpty { pipe.execute(LedgerSQL.insertRejected(rejected)) }
        pipe.execute(
            LedgerSQL.advanceLeases(
                cluster: cluster, leases.topics, leases.partitions, recorded: recordedThrough,
                published: publishedThrough, trusted: trusted))
    }
}
