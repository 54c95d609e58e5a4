import EventContracts
import Foundation
import HandoverRules
import Testing

@Suite("rules: events survive their written forms")
struct RoundTripTests {
    private static let seed: UInt64 = 20_261_122

    @Test("every event type comes back from its record as it was", arguments: EventType.allCases)
    func throughJSON(type: EventType) throws {
        var generator = SeededGenerator(seed: Self.seed)
        let encoder = EventEncoder(topics: topics)
        for _ in 0..<300 {
            let event = generator.event(type, subject: generator.noms())
            let record = try encoder.record(of: event)
            let decoded = try #require(decode(inbound(record)).decoded, "seed \(Self.seed)")
            #expect(decoded.event == event, "seed \(Self.seed)")
            #expect(decoded.unknownFields == 0, "seed \(Self.seed)")
            #expect(decoded.contentDigest == ContentDigest(of: event), "seed \(Self.seed)")
            #expect(record.topic == topics.inbound(type))
            #expect(decoded.address == EventAddress(of: event), "seed \(Self.seed)")
            #expect(record.key == Array(decoded.address.text.utf8), "seed \(Self.seed)")
        }
    }

    @Test("a person comes back from the snapshot as it was")
    func throughSnapshot() throws {
        var generator = SeededGenerator(seed: Self.seed)
        for _ in 0..<300 {
            let state = generator.person(events: Int.random(in: 0...15, using: &generator))
            #expect(PersonSnapshot.decode(PersonSnapshot.encode(state)) == state, "seed \(Self.seed)")
        }
    }

    @Test("the snapshot holds every field there is")
    func complete() {
        // A field added to the state must be added to the snapshot too; these counts are the reminder.
        var generator = SeededGenerator(seed: Self.seed)
        let state = generator.person(events: 3)
        #expect(Mirror(reflecting: state).children.count == 10)
        #expect(Mirror(reflecting: state.events[0]).children.count == 11)
        #expect(Mirror(reflecting: generator.thread()).children.count == 13)
        #expect(Mirror(reflecting: generator.task()).children.count == 11)
    }

    @Test("a person of ten events takes at most 900 bytes")
    func small() throws {
        var state = try TypicalPerson.state()
        let bytes = PersonSnapshot.encode(state)
        #expect(bytes.count <= 900, "\(bytes.count) bytes")
        // A task and the record that carries its last message add little: what they name has been named before.
        state.tasks = [
            RaisedTask(
                id: state.events[0].id, code: TaskCode.phoneNow.rawValue, spell: state.threads[0].spell,
                destination: .hubTask, handover: state.threads[0].id, dueAt: state.now, priority: .p1,
                answersFrom: state.now,
                position: SourcePosition(topic: topics.releaseNotifications, partition: 3, offset: 1_000_000))
        ]
        let more = PersonSnapshot.encode(state).count - bytes.count
        #expect(more <= 60, "\(more) bytes")
    }

    @Test("another version or another form of snapshot is refused, so that it is rebuilt")
    func otherVersion() {
        var generator = SeededGenerator(seed: Self.seed)
        let bytes = PersonSnapshot.encode(generator.person(events: 5))
        for at in 0..<5 {
            var other = bytes
            other[at] ^= 1
            #expect(PersonSnapshot.decode(other) == nil)
        }
        #expect(PersonSnapshot.decode([]) == nil)
        #expect(PersonSnapshot.decode(bytes + [0]) == nil)
        for cut in 0..<bytes.count { #expect(PersonSnapshot.decode(Array(bytes[..<cut])) == nil) }
    }

    @Test("no bytes bring the snapshot down")
    func hostileSnapshot() {
        var generator = SeededGenerator(seed: Self.seed)
        var survived = 0
        for _ in 0..<20_000 {
            var bytes = PersonSnapshot.encode(generator.person(events: 3))
            let head = bytes[..<5]
            generator.mutate(&bytes)
            // The head stays, so that what lies behind it is tried.
            if bytes.count >= 5 { bytes.replaceSubrange(..<5, with: head) }
            if let state = PersonSnapshot.decode(bytes) {
                survived += 1
                // What was taken is a state like any other: it writes and reads back.
                #expect(PersonSnapshot.decode(PersonSnapshot.encode(state)) == state, "seed \(Self.seed)")
            }
        }
        #expect(survived > 100, "seed \(Self.seed)")
        for _ in 0..<20_000 {
            let noise = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            _ = PersonSnapshot.decode(
                Array(PersonSnapshot.encode(PersonState(subject: generator.noms()))[..<5]) + noise)
        }
    }
}

extension SeededGenerator {
    mutating func thread() -> HandoverThread {
        var thread = HandoverThread(
            id: uuid(), spell: uuid(),
            recipient: Recipient(
                kind: RecipientKind.allCases.randomElement(using: &self)!, provider: ProviderID("prov-leeds")!),
            version: .random(in: 1...9, using: &self), kind: HandoverKind.allCases.randomElement(using: &self)!,
            priority: oneIn(4) ? nil : Priority.allCases.randomElement(using: &self)!,
            contentDigest: (0..<32).map { _ in UInt8.random(in: 0...255, using: &self) }, sentAt: instant(),
            ackDueAt: oneIn(2) ? nil : instant(), contactDueAt: oneIn(2) ? nil : instant(),
            position: oneIn(3)
                ? nil
                : SourcePosition(
                    topic: "prison.kit-events", partition: 11, offset: .random(in: 0...1 << 40, using: &self)))
        thread.clockFrom = oneIn(3) ? nil : instant()
        thread.ackFrom = .random(in: 1...thread.version, using: &self)
        return thread
    }

    mutating func task() -> RaisedTask {
        let destinations: [OutboundDecision.Destination] = [
            .hubTask, .prisonTask(PrisonID("LEI")!),
            .handover(
                Recipient(
                    kind: RecipientKind.allCases.randomElement(using: &self)!, provider: ProviderID("prov-leeds")!)),
        ]
        return RaisedTask(
            id: uuid(), code: ["PHONE_NOW", "TRANSFER_BRIEFING", "A_NEW_CODE"].randomElement(using: &self)!,
            spell: uuid(), destination: destinations.randomElement(using: &self)!, handover: oneIn(2) ? nil : uuid(),
            version: .random(in: 1...9, using: &self), isOpen: oneIn(2), dueAt: instant(),
            priority: oneIn(2) ? nil : Priority.allCases.randomElement(using: &self)!, answersFrom: instant(),
            position: oneIn(2)
                ? nil : SourcePosition(topic: "hub.timers", partition: 2, offset: .random(in: 0...99, using: &self)))
    }

    mutating func person(events count: Int) -> PersonState {
        var state = PersonState(subject: noms())
        for _ in 0..<count {
            let type = EventType.allCases.randomElement(using: &self)!
            var event = event(type, subject: oneIn(5) ? noms() : state.subject)
            if event.subject == .blank { event.subject = state.subject }
            state.events.append(event)
        }
        state.now = instant()
        state.aliases = (0..<Int.random(in: 0...2, using: &self)).map { _ in EventAlias(lost: uuid(), kept: uuid()) }
        state.threads = (0..<Int.random(in: 0...3, using: &self)).map { _ in thread() }
        for thread in state.threads {
            state.spells.append(KnownSpell(id: thread.spell, anchor: state.events.first?.id ?? uuid()))
            state.outcomes.append(
                Outcome(
                    spell: thread.spell, scope: .random(using: &self),
                    state: Outcome.State.allCases.randomElement(using: &self)!,
                    reason: ["", "NO_CONSENT", "A_NEW_REASON"].randomElement(using: &self)!, released: oneIn(2)))
            state.tasks.append(task())
            state.openTimers.append(Timer(kind: .random(using: &self), cause: thread.id, dueAt: instant()))
            state.dataQuality.append(DataQuality(code: "CLOCK_SKEW", event: state.events.first?.id ?? uuid()))
        }
        return state
    }
}
