import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

// What a batch writes, statement after statement in the order of ``Writing/queue(on:cluster:)``.
extension ModelRows {
    /// - Throws: ``LedgerConflict``, or a constraint's error, as ``Ledger/close(_:cluster:)`` does.
    mutating func write(_ writing: Writing) throws {
        try insertPersons(writing)
        for (noms, snapshot) in zip(writing.knownSubjects, writing.knownSnapshots) where persons[noms] != nil {
            persons[noms] = PersonRow(snapshot: snapshot)
        }
        for (noms, kept) in zip(writing.merged.numbers, writing.merged.kept) where persons[noms] != nil {
            persons[noms] = PersonRow(snapshot: [], keptUnder: kept)
        }
        try writeClaims(writing)
        try insertMessages(writing.messages)
        insertTimers(writing)
        for id in writing.endedTimers { timers[id] = nil }
        let replaced = Set(writing.replacedRejections)
        for index in rejections.indices where replaced.contains(rejections[index].task) {
            rejections[index].isCurrent = false
        }
        try insertRejections(writing.rejections)
        insertRejected(writing.rejected)
        for index in writing.leases.topics.indices {
            advance(
                TopicPartition(writing.leases.topics[index], writing.leases.partitions[index]),
                recorded: writing.recordedThrough[index], published: writing.publishedThrough[index],
                trusted: writing.trusted[index])
        }
    }

    private mutating func insertPersons(_ writing: Writing) throws {
        for (noms, snapshot) in zip(writing.newSubjects, writing.newSnapshots) {
            guard persons[noms] == nil else { throw LedgerConflict.personAppeared }
            persons[noms] = PersonRow(snapshot: snapshot)
        }
        for (noms, kept) in zip(writing.newMerged.numbers, writing.newMerged.kept) {
            guard persons[noms] == nil else { throw LedgerConflict.personAppeared }
            persons[noms] = PersonRow(snapshot: [], keptUnder: kept)
        }
    }

    private mutating func writeClaims(_ writing: Writing) throws {
        for (kit, number) in zip(writing.endedClaims.kits, writing.endedClaims.numbers) {
            for turn in claims.keys where turn.kit == kit && claims[turn] == number { claims[turn] = nil }
        }
        for index in writing.claims.kits.indices {
            let turn = Turn(kit: writing.claims.kits[index], turn: writing.claims.turns[index])
            guard claims[turn] == nil else { throw LedgerConflict.claimAppeared }
            claims[turn] = writing.claims.numbers[index]
        }
    }

    private mutating func insertMessages(_ m: MessageColumns) throws {
        for index in m.streams.indices {
            let (stream, version) = (m.streams[index], Int(m.versions[index]))
            guard !messages.contains(where: { $0.stored.stream == stream && $0.stored.version == version }) else {
                throw PostgresError.model("23505", .constraint(name: "message_stream_id_version_key"))
            }
            var predecessor: (source: TopicPartition, offset: Int64)?
            if let topic = m.predTopics[index], let partition = m.predPartitions[index],
                let offset = m.predOffsets[index]
            {
                predecessor = (TopicPartition(topic, partition), offset)
            }
            let stored = StoredMessage(
                stream: stream, version: version, kind: m.kinds[index], recipientKind: m.recipientKinds[index],
                priority: m.priorities[index].map(Int.init), taskCode: m.taskCodes[index], predecessor: predecessor,
                topic: m.topics[index], headers: m.headers[index], body: m.bodies[index], cause: m.causes[index])
            messages.append(
                MessageRow(
                    stored: stored, subject: m.subjects[index], recipient: m.recipients[index], isHeld: m.held[index]))
        }
    }

    mutating func insertTimers(_ writing: Writing) {
        for index in writing.timerIDs.indices where timers[writing.timerIDs[index]] == nil {
            timers[writing.timerIDs[index]] = TimerRow(
                subject: writing.timerSubjects[index], kind: writing.timerKinds[index],
                cause: writing.timerCauses[index],
                due: Instant(microseconds: writing.timerDue[index].microseconds))
        }
    }

    private mutating func insertRejections(_ r: RejectionColumns) throws {
        for index in r.tasks.indices {
            let version = Int(r.versions[index])
            guard !rejections.contains(where: { $0.task == r.tasks[index] && $0.version == version }) else {
                throw LedgerConflict.rejectionAppeared
            }
            rejections.append(
                RejectionRow(
                    task: r.tasks[index], version: version, prison: r.prisons[index], event: r.events[index],
                    closes: r.closes[index], held: r.held[index],
                    position: SourcePosition(
                        topic: r.sourceTopics[index], partition: r.sourcePartitions[index],
                        offset: r.sourceOffsets[index]),
                    topic: r.topics[index], headers: r.headers[index], body: r.bodies[index],
                    reason: r.reasons[index], detail: r.details[index],
                    sentAt: Instant(microseconds: r.sentAt[index].microseconds), isCurrent: r.current[index]))
        }
    }

    private mutating func insertRejected(_ r: RejectedColumns) {
        for index in r.topics.indices {
            let position = SourcePosition(
                topic: r.topics[index], partition: r.partitions[index], offset: r.offsets[index])
            guard rejected[position] == nil, let reason = RejectionReason(rawValue: r.reasons[index]) else { continue }
            rejected[position] = Rejection(reason, r.details[index])
        }
    }

    mutating func advance(_ source: TopicPartition, recorded: Int64, published: Int64, trusted: Bool) {
        guard var lease = leases[source] else { return }
        if trusted, published > lease.publishedThrough { lease.idleStarts = 0 }
        lease.recordedThrough = max(lease.recordedThrough, recorded)
        lease.publishedThrough = max(lease.publishedThrough, published)
        leases[source] = lease
    }
}

extension PostgresError {
    /// An error as the server would have sent it.
    static func model(_ code: String, _ kind: Kind, _ outcome: Outcome = .notCommitted) -> PostgresError {
        PostgresError(code: code, kind: kind, message: "the ledger model says so", outcome: outcome)
    }
}
