import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

/// What was decided for everybody whom a batch's new events concern, staged and written.
extension BatchWork {
    /// Stages and writes the step. `caused_by` is the last new event of the batch that concerns the person.
    mutating func take(
        _ step: consuming PeopleStep, of people: People, _ sorted: SortedBatch,
        retries: ([String], [UUID]) throws -> [StoredMessage]
    ) throws {
        try releaseHeld(step, sorted, retries)
        for index in step.persons.indices {
            guard let first = sorted.indexByID[step.persons[index].cause.id] else { continue }
            take(&step.persons[index], people, at: sorted.firsts[first], sorted)
        }
        for absorbed in step.absorbed { absorb(absorbed) }
        for (number, kept) in step.keptUnder.sorted(by: { $0.key < $1.key }) where people.keptUnder[number] != kept {
            let isKnown = people.keptUnder[number] != nil || people.states[number] != nil
            writing.merge(number.text, into: kept.text, isKnown: isKnown)
        }
    }

    /// Handovers held back because their topic could not be written go out with their retry timer's event.
    private mutating func releaseHeld(
        _ step: PeopleStep, _ sorted: SortedBatch, _ retries: ([String], [UUID]) throws -> [StoredMessage]
    ) throws {
        guard !heldStreams.isEmpty else { return }
        var subjects: [String] = [], causes: [UUID] = [], records: [UUID: KafkaRecord] = [:]
        for person in step.persons {
            guard let retry = person.arrivals.last(where: \.isRetry), let index = sorted.indexByID[retry.id] else {
                continue
            }
            subjects.append(person.decision.state.subject.text)
            causes.append(retry.id)
            records[retry.id] = sorted.firsts[index].record
        }
        guard !subjects.isEmpty else { return }
        for message in try retries(subjects, causes) {
            guard let record = records[message.cause] else { continue }
            again.append(message.staged(at: record.source, offset: record.offset))
            released[message.stream] = record.position
        }
    }

    private mutating func take(
        _ person: inout PersonStep, _ people: People, at first: SortedBatch.First, _ sorted: SortedBatch
    ) {
        let noms = person.decision.state.subject
        person.decision.state.move(released)
        for index in person.decision.outbound.indices {
            if let carrier = released[person.decision.outbound[index].id] {
                person.decision.outbound[index].predecessor = carrier
            }
            stage(person.decision.outbound[index], noms.text, cause: person.cause.id, at: first)
        }
        person.decision.state.mark(first.record.position, on: person.decision.outbound)
        // A number that was merged away before has a row too.
        let isNew = people.states[noms] == nil && people.keptUnder[noms] == nil
        write(person.decision, isNew: isNew, cause: person.cause.id)
        for event in person.arrivals where event.isTimer { writing.endedTimers.append(event.id) }
        for claim in person.newClaims { writing.claims.add(claim) }
        for claim in person.endedClaims { writing.endedClaims.add(claim) }
        for event in person.concernedBy.sorted() { writing.concern(noms.text, event) }
        for event in person.arrivals where event.numbersConcerned.count > 1 {
            for number in event.numbersConcerned.dropFirst() { writing.concern(number.text, event.id) }
        }
        count(person, sorted)
    }

    /// Somebody who is kept under another number from now on.
    private mutating func absorb(_ absorbed: PeopleStep.Absorbed) {
        for timer in absorbed.timers {
            writing.endedTimers.append(settings.outbound.timerID(timer, of: absorbed.number))
        }
        for claim in absorbed.claims { writing.endedClaims.add(claim) }
    }

    private mutating func stage(
        _ outbound: OutboundDecision, _ subject: String, cause: UUID, at first: SortedBatch.First
    ) {
        let record = first.record
        let message = settings.outbound.message(outbound, following: first.decoded.trace)
        let held = heldStreams.contains(outbound.id) && released[outbound.id] == nil
        writing.add(
            decided: outbound, message: message, subject: subject, cause: cause, held: held,
            registerVersion: opening.registerVersion)
        guard !held else { return }
        let tally: StagedMessage.Tally =
            if case .handover(let recipient) = outbound.destination {
                .handover(
                    recipientKind: recipient.kind.rawValue, kind: outbound.kind?.rawValue ?? "",
                    priority: outbound.priority?.text ?? "")
            } else {
                .task(code: outbound.taskCode ?? "")
            }
        fresh.append(
            StagedMessage(
                message: message, stream: outbound.id, version: outbound.version, source: record.source,
                offset: record.offset,
                predecessor: outbound.predecessor.map { (TopicPartition($0.topic, $0.partition), $0.offset) },
                tally: tally))
    }

    private mutating func write(_ decision: Decision, isNew: Bool, cause: UUID) {
        let noms = decision.state.subject, subject = noms.text
        let snapshot = PersonSnapshot.encode(decision.state)
        if isNew {
            writing.newSubjects.append(subject)
            writing.newSnapshots.append(snapshot)
        } else {
            writing.knownSubjects.append(subject)
            writing.knownSnapshots.append(snapshot)
        }
        for timer in decision.newTimers {
            writing.add(timer: timer, id: settings.outbound.timerID(timer, of: noms), subject: subject)
            firstNewTimer = min(firstNewTimer ?? timer.dueAt, timer.dueAt)
        }
        for timer in decision.cancelledTimers {
            writing.endedTimers.append(settings.outbound.timerID(timer, of: noms))
        }
        for outcome in decision.outcomes {
            writing.add(outcome: outcome, subject: subject, at: decision.state.now, cause: cause)
        }
        for quality in decision.dataQuality {
            writing.add(quality: quality, subject: subject, at: decision.state.now)
        }
        for disposition in decision.dispositions { writing.add(disposition: disposition) }
    }

    private mutating func count(_ person: PersonStep, _ sorted: SortedBatch) {
        var states: [UUID: Disposition.State] = [:]
        for disposition in person.decision.dispositions { states[disposition.event] = disposition.state }
        for event in person.arrivals {
            guard let index = sorted.indexByID[event.id] else { continue }
            // A booking that moves arrives at both sides and is one event.
            if event.numbersConcerned.count > 1, !countedTwice.insert(event.id).inserted { continue }
            let state = states[event.id] ?? .applied
            tallies.count(sorted.firsts[index].record.topic, state.rawValue.lowercased())
        }
    }
}

extension KafkaRecord {
    var position: SourcePosition { SourcePosition(topic: topic, partition: partition, offset: offset) }
}

extension Event {
    var isTimer: Bool {
        if case .timerFired = payload { true } else { false }
    }

    /// Whether this is the timer of a handover that waits for its topic.
    var isRetry: Bool {
        if case .timerFired(let timer) = payload { timer.kind == .retry } else { false }
    }
}

extension PersonState {
    /// Streams that were held and are carried by another record now.
    mutating func move(_ released: [UUID: SourcePosition]) {
        guard !released.isEmpty else { return }
        for index in threads.indices {
            if let position = released[threads[index].id] { threads[index].position = position }
        }
        for index in tasks.indices {
            if let position = released[tasks[index].id] { tasks[index].position = position }
        }
    }

    /// Notes which record's transaction carries the versions just decided: the order after a crash depends on it.
    mutating func mark(_ position: SourcePosition, on outbound: [OutboundDecision]) {
        for decided in outbound {
            if let index = threads.firstIndex(where: { $0.id == decided.id }) { threads[index].position = position }
            if let index = tasks.firstIndex(where: { $0.id == decided.id }) { tasks[index].position = position }
        }
    }
}
