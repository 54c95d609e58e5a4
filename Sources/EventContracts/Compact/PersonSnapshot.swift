public import HandoverRules

/// What the hub keeps of one person, as bytes for the ledger: small, quick, and derived — whoever can't read them
/// rebuilds the state from the event log, so an older or a broken form costs time, never an event.
public enum PersonSnapshot {
    /// The state as bytes: a version, a fingerprint of the form, then everything in it.
    public static func encode(_ state: PersonState) -> [UInt8] {
        var start = CompactWriter(capacity: 128 + 80 * state.events.count)
        start.byte(CompactForm.version)
        for byte in CompactForm.fingerprint { start.byte(byte) }
        start.text(state.subject.text)
        start.instant(state.now)
        start.count(state.events.count)
        var events = CompactEventWriter(start)
        for event in state.events { events.append(event, ofPerson: state.subject) }
        var writer = events.writer
        writer.list(state.aliases) {
            $0.repeatedID($1.lost)
            $0.repeatedID($1.kept)
        }
        writer.list(state.spells) {
            $0.repeatedID($1.id)
            $0.repeatedID($1.anchor)
        }
        writer.list(state.threads) { $0.thread($1) }
        writer.list(state.outcomes) { $0.outcome($1) }
        writer.list(state.tasks) { $0.task($1) }
        writer.list(state.openTimers) {
            $0.text($1.kind.rawValue)
            $0.repeatedID($1.cause)
            $0.instant($1.dueAt)
        }
        writer.list(state.dataQuality) {
            $0.text($1.code)
            $0.repeatedID($1.event)
        }
        return writer.bytes
    }

    /// The state, or nil where the bytes are not of this version or not whole: rebuild then. Any bytes may come.
    public static func decode(_ bytes: [UInt8]) -> PersonState? {
        bytes.withUnsafeBufferPointer { try? read($0) }
    }

    private static func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(NotCompact) -> PersonState {
        var start = CompactReader(bytes)
        guard try start.byte() == CompactForm.version else { throw NotCompact() }
        for byte in CompactForm.fingerprint { guard try start.byte() == byte else { throw NotCompact() } }
        guard let subject = NomsNumber(try start.text()) else { throw NotCompact() }
        var state = PersonState(subject: subject)
        state.now = try start.instant()
        let count = try start.count()
        var events = CompactEventReader(start)
        state.events.reserveCapacity(count)
        for _ in 0..<count { state.events.append(try events.next(ofPerson: subject)) }
        var reader = events.reader
        state.aliases = try reader.list { (r) throws(NotCompact) in
            EventAlias(lost: try r.repeatedID(), kept: try r.repeatedID())
        }
        state.spells = try reader.list { (r) throws(NotCompact) in
            KnownSpell(id: try r.repeatedID(), anchor: try r.repeatedID())
        }
        state.threads = try reader.list { (r) throws(NotCompact) in try r.thread() }
        state.outcomes = try reader.list { (r) throws(NotCompact) in try r.outcome() }
        state.tasks = try reader.list { (r) throws(NotCompact) in try r.task() }
        state.openTimers = try reader.list { (r) throws(NotCompact) in
            Timer(kind: try r.code(), cause: try r.repeatedID(), dueAt: try r.instant())
        }
        state.dataQuality = try reader.list { (r) throws(NotCompact) in
            DataQuality(code: try r.text(), event: try r.repeatedID())
        }
        guard reader.isAtEnd else { throw NotCompact() }
        return state
    }
}
