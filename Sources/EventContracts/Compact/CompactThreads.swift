import HandoverRules

extension CompactWriter {
    mutating func list<T>(_ items: [T], _ write: (inout CompactWriter, T) -> Void) {
        count(items.count)
        for item in items { write(&self, item) }
    }

    mutating func optionalInstant(_ instant: Instant?) {
        flag(instant != nil)
        if let instant { self.instant(instant) }
    }

    mutating func thread(_ thread: HandoverThread) {
        repeatedID(thread.id)
        repeatedID(thread.spell)
        text(thread.recipient.kind.rawValue)
        text(thread.recipient.provider.text)
        signed(Int64(thread.version))
        text(thread.kind.rawValue)
        byte(UInt8(thread.priority?.rawValue ?? 0))
        blob(thread.contentDigest)
        instant(thread.sentAt)
        optionalInstant(thread.ackDueAt)
        optionalInstant(thread.contactDueAt)
        optionalInstant(thread.clockFrom)
        signed(Int64(thread.ackFrom))
        optionalPosition(thread.position)
    }

    mutating func task(_ task: RaisedTask) {
        repeatedID(task.id)
        text(task.code)
        repeatedID(task.spell)
        switch task.destination {
        case .hubTask: byte(0)
        case .prisonTask(let prison):
            byte(1)
            text(prison.text)
        case .handover(let recipient):
            byte(2)
            text(recipient.kind.rawValue)
            text(recipient.provider.text)
        }
        flag(task.handover != nil)
        if let handover = task.handover { repeatedID(handover) }
        signed(Int64(task.version))
        flag(task.isOpen)
        instant(task.dueAt)
        byte(UInt8(task.priority?.rawValue ?? 0))
        instant(task.answersFrom)
        optionalPosition(task.position)
    }

    private mutating func optionalPosition(_ position: SourcePosition?) {
        flag(position != nil)
        guard let position else { return }
        text(position.topic)
        signed(Int64(position.partition))
        signed(position.offset)
    }

    mutating func outcome(_ outcome: Outcome) {
        repeatedID(outcome.spell)
        text(outcome.scope.rawValue)
        text(outcome.state.rawValue)
        text(outcome.reason)
        flag(outcome.released)
    }
}

extension CompactReader {
    mutating func list<T>(_ read: (inout CompactReader) throws(NotCompact) -> T) throws(NotCompact) -> [T] {
        var items: [T] = []
        for _ in 0..<(try count()) { items.append(try read(&self)) }
        return items
    }

    mutating func code<C: RawRepresentable>() throws(NotCompact) -> C where C.RawValue == String {
        guard let code = C(rawValue: try text()) else { throw NotCompact() }
        return code
    }

    mutating func optionalInstant() throws(NotCompact) -> Instant? { try flag() ? try instant() : nil }

    mutating func thread() throws(NotCompact) -> HandoverThread {
        var thread = HandoverThread(
            id: try repeatedID(), spell: try repeatedID(),
            recipient: Recipient(kind: try code(), provider: try provider()), version: try version(),
            kind: try code(), priority: try priority(), contentDigest: try blob(), sentAt: try instant(),
            ackDueAt: try optionalInstant(), contactDueAt: try optionalInstant())
        thread.clockFrom = try optionalInstant()
        thread.ackFrom = try version()
        thread.position = try flag() ? try position() : nil
        return thread
    }

    mutating func task() throws(NotCompact) -> RaisedTask {
        RaisedTask(
            id: try repeatedID(), code: try text(), spell: try repeatedID(), destination: try destination(),
            handover: try flag() ? try repeatedID() : nil, version: try version(), isOpen: try flag(),
            dueAt: try instant(), priority: try priority(), answersFrom: try instant(),
            position: try flag() ? try position() : nil)
    }

    private mutating func destination() throws(NotCompact) -> OutboundDecision.Destination {
        switch try byte() {
        case 0: return .hubTask
        case 1:
            guard let prison = PrisonID(try text()) else { throw NotCompact() }
            return .prisonTask(prison)
        case 2: return .handover(Recipient(kind: try code(), provider: try provider()))
        default: throw NotCompact()
        }
    }

    mutating func outcome() throws(NotCompact) -> Outcome {
        Outcome(
            spell: try repeatedID(), scope: try code(), state: try code(), reason: try text(), released: try flag())
    }

    private mutating func provider() throws(NotCompact) -> ProviderID {
        guard let provider = ProviderID(try text()) else { throw NotCompact() }
        return provider
    }

    private mutating func version() throws(NotCompact) -> Int {
        guard let version = Int(exactly: try signed()) else { throw NotCompact() }
        return version
    }

    private mutating func priority() throws(NotCompact) -> Priority? {
        let number = try byte()
        if number == 0 { return nil }
        guard let priority = Priority(rawValue: Int(number)) else { throw NotCompact() }
        return priority
    }

    private mutating func position() throws(NotCompact) -> SourcePosition {
        SourcePosition(topic: try text(), partition: try int32(), offset: try signed())
    }
}
