import EventContracts
import HandoverRules

extension LagReport {
    /// What a running hub answered under `/api/lag`, so that `lag` shows what the hub knows; nil for anything else.
    public init?(json: [UInt8]) {
        guard let root = try? JSONReader.read(json).root, let group = root["group"]?.string,
            let text = root["at"]?.string, case .success(let at) = RFC3339.read(text),
            case .array(let rows) = root["partitions"]?.content
        else { return nil }
        let partitions = rows.compactMap(Partition.init(json:))
        guard partitions.count == rows.count else { return nil }
        self.init(group: group, at: at, partitions: partitions)
        if case .array(let notes) = root["rebalances"]?.content {
            rebalances = notes.compactMap(RebalanceNote.init(json:))
        }
        if case .array(let rows) = root["recipients"]?.content {
            recipients = rows.compactMap { RecipientLag(json: $0, at: at) }
        }
    }
}

extension RecipientLag {
    /// The age of the oldest was rounded down to minutes on the way.
    fileprivate init?(json: JSONValue, at: Instant) {
        guard let recipient = json["recipient"]?.string,
            let door = json["door"]?.string.flatMap(RecipientLag.Door.init(rawValue:))
        else { return nil }
        let handovers = json["handovers"]?.integer
        self.init(
            recipient: recipient, door: door, handovers: Int(handovers ?? 0), people: Int(json["people"]?.integer ?? 0),
            oldest: json["oldestMinutes"]?.integer.map { at - .minutes($0) })
        if let text = json["fetchedAt"]?.string, case .success(let at) = RFC3339.read(text) { fetchedAt = at }
        isKnown = handovers != nil
    }
}

extension LagReport.Partition {
    fileprivate init?(json: JSONValue) {
        guard let topic = json["topic"]?.string, let partition = json["partition"]?.integer,
            let state = json["state"]?.string.flatMap(LagReport.State.init(rawValue:))
        else { return nil }
        self.init(topic: topic, partition: Int32(clamping: partition))
        self.state = state
        position = json["position"]?.integer
        logStart = json["logStart"]?.integer
        lastStableOffset = json["lastStableOffset"]?.integer
        highWatermark = json["highWatermark"]?.integer
        lag = json["lag"]?.integer
        isExact = json["exact"]?.isTrue ?? true
        lagSeconds = json["lagSeconds"]?.number
        timestampKind = json["timestampKind"]?.string
        reason = json["reason"]?.string ?? ""
        movement.inRate = json["inPerSecond"]?.number
        movement.outRate = json["outPerSecond"]?.number
        movement.isGrowing = json["burrow"]?.string == "WARN"
        secondsToCatchUp = json["catchUpSeconds"]?.number
        isCommitted = json["committed"]?.isTrue ?? false
        commitSeconds = json["commitAgeSeconds"]?.number
        retentionShare = json["retentionPercent"]?.number.map { $0 / 100 }
        deletedUnread = json["deletedUnread"]?.integer ?? 0
        isSkewed = json["skewed"]?.isTrue ?? false
        if let stuck = json["stuck"], let offset = stuck["offset"]?.integer {
            self.stuck = LagReport.Stuck(
                offset: offset, stage: stuck["stage"]?.string, attempts: Int(stuck["attempts"]?.integer ?? 0),
                cause: stuck["errorClass"]?.string)
        }
    }
}

extension RebalanceNote {
    fileprivate init?(json: JSONValue) {
        guard let text = json["at"]?.string, case .success(let at) = RFC3339.read(text),
            let instance = json["instance"]?.string, let change = json["change"]?.string
        else { return nil }
        self.init(
            at: at, instance: instance, isAssignment: change == "assigned",
            partitions: Int(json["partitions"]?.integer ?? 0), generation: json["generation"]?.integer.map(Int.init))
    }
}

extension JSONValue {
    fileprivate var integer: Int64? { if case .int(let number) = content { number } else { nil } }

    fileprivate var number: Double? {
        switch content {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    fileprivate var isTrue: Bool { if case .bool(true) = content { true } else { false } }
}
