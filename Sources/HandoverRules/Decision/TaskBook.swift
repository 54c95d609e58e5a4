import FoundationEssentials

/// The tasks that are wanted now; the difference to those that stand is what is said.
struct TaskBook {
    let subject: NomsNumber
    let now: Instant
    private(set) var wanted: [WantedTask] = []
    /// Spells about which nothing new is decided for a while: what was asked of people about them stands.
    private var held: [UUID] = []

    init(subject: NomsNumber, now: Instant) {
        self.subject = subject
        self.now = now
    }

    mutating func want(_ task: WantedTask) { wanted.append(task) }

    mutating func hold(_ spell: UUID) { held.append(spell) }

    /// Closes what is resolved or no longer wanted, raises what is.
    func settle(_ decision: inout Decision, _ resolutions: [Event], _ registers: Registers, _ rules: Rulebook) {
        for i in decision.state.tasks.indices {
            let task = decision.state.tasks[i]
            guard let code = TaskCode(rawValue: task.code) else { continue }
            let cause = wanted.first { $0.id == task.id }
            let isWanted = cause != nil || stands(task, code)
            let answer = TaskBook.answer(to: task, resolutions)
            if task.isOpen {
                if let answer {
                    close(i, answer, &decision)
                } else if !isWanted {
                    close(i, .causeEnded, &decision)
                }
            } else if !isWanted {
                // The cause that somebody settled is over: should it come again, it is another one.
                if answer != nil { decision.state.tasks[i].answersFrom = now + Span(microseconds: 1) }
            } else if answer == nil, let cause {
                raise(cause, again: i, &decision, registers, rules)
            }
        }
        for task in wanted where !decision.state.tasks.contains(where: { $0.id == task.id }) {
            raise(task, again: nil, &decision, registers, rules)
        }
    }

    private func stands(_ task: RaisedTask, _ code: TaskCode) -> Bool {
        guard task.isOpen else { return false }
        if code.endsOnlyByResolution { return true }
        return code.standsThroughHold && held.contains(task.spell)
    }

    /// How somebody resolved the task since it was last raised.
    private static func answer(to task: RaisedTask, _ resolutions: [Event]) -> Reason? {
        for event in resolutions.reversed() {
            guard case .taskResolved(let p) = event.payload, UUID(uuidString: p.task.text) == task.id,
                event.receivedAt >= task.answersFrom
            else { continue }
            return switch p.outcome {
            case .done: .done
            case .notNeeded: .notNeeded
            case .passedOn: .passedOn
            }
        }
        return nil
    }

    private func close(_ i: Int, _ outcome: Reason, _ decision: inout Decision) {
        var task = decision.state.tasks[i]
        let predecessor = task.position
        task.version += 1
        task.isOpen = false
        task.position = nil
        if outcome == .causeEnded { task.answersFrom = now + Span(microseconds: 1) }
        decision.state.tasks[i] = task
        var out = OutboundDecision(
            destination: task.destination, id: task.id, version: task.version, kind: nil, priority: nil,
            taskCode: task.code, sentAt: now, ackDueAt: nil, spell: task.spell,
            body: Envelope.closed(task, outcome, sentAt: now), predecessor: predecessor)
        out.closes = true
        decision.outbound.append(out)
    }

    private func raise(
        _ wanted: WantedTask, again at: Int?, _ decision: inout Decision, _ registers: Registers, _ rules: Rulebook
    ) {
        let before = at.map { decision.state.tasks[$0] }
        let dueAt = wanted.dueAt(now, registers, rules)
        let task = RaisedTask(
            id: wanted.id, code: wanted.code.rawValue, spell: wanted.spell,
            destination: wanted.toPrison.map { .prisonTask($0) } ?? .hubTask, handover: wanted.handover,
            version: (before?.version ?? 0) + 1, dueAt: dueAt, priority: wanted.priority, answersFrom: now)
        if let at { decision.state.tasks[at] = task } else { decision.state.tasks.append(task) }
        decision.outbound.append(
            OutboundDecision(
                destination: task.destination, id: task.id, version: task.version, kind: nil,
                priority: task.priority, taskCode: task.code, sentAt: now, ackDueAt: dueAt, spell: task.spell,
                body: Envelope.task(task, sentAt: now, wanted.fields(subject, registers, rules)),
                predecessor: before?.position))
    }
}
