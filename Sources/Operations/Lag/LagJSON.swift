import EventContracts
import HandoverRules

extension LagReport {
    /// The JSON of `lag --json` and of `/api/lag` (contract.md §10). Counts and states, never a person.
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 512 + partitions.count * 420)
        writer.beginObject()
        writer.name("group")
        writer.string(group)
        writer.name("at")
        writer.string(RFC3339.utc(Instant(milliseconds: at.milliseconds)))
        writer.name("state")
        writer.string(worst.rawValue)
        writer.name("lag")
        writer.integer(total)
        writer.name("exact")
        writer.bool(isExact)
        writer.name("partitions")
        writer.beginArray()
        for partition in partitions { partition.write(to: &writer) }
        writer.endArray()
        writer.name("rebalances")
        writer.beginArray()
        for note in rebalances { note.write(to: &writer) }
        writer.endArray()
        if let recipients {
            writer.name("recipients")
            StatusJSON.write(recipients, to: &writer)
        }
        writer.endObject()
        return writer.bytes
    }
}

extension LagReport.Partition {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("topic")
        writer.string(topic)
        writer.name("partition")
        writer.int(Int64(partition))
        for (name, number) in [
            ("position", position), ("logStart", logStart), ("lastStableOffset", lastStableOffset),
            ("highWatermark", highWatermark), ("lag", lag),
        ] {
            writer.name(name)
            writer.integer(number)
        }
        writer.name("exact")
        writer.bool(isExact)
        writer.decimal("lagSeconds", lagSeconds)
        writer.text("timestampKind", timestampKind)
        writer.name("state")
        writer.string(state.rawValue)
        writer.text("reason", reason.isEmpty ? nil : reason)
        writer.name("burrow")
        writer.string(burrow)
        write(stuck, to: &writer)
        writer.decimal("inPerSecond", movement.inRate)
        writer.decimal("outPerSecond", movement.outRate)
        writer.decimal("catchUpSeconds", secondsToCatchUp)
        writer.name("committed")
        writer.bool(isCommitted)
        writer.decimal("commitAgeSeconds", commitSeconds)
        writer.decimal("retentionPercent", retentionShare.map { $0 * 100 })
        writer.name("deletedUnread")
        writer.int(deletedUnread)
        writer.name("skewed")
        writer.bool(isSkewed)
        writer.endObject()
    }

    private func write(_ stuck: LagReport.Stuck?, to writer: inout JSONWriter) {
        writer.name("stuck")
        guard let stuck else { return writer.null() }
        writer.beginObject()
        writer.name("offset")
        writer.int(stuck.offset)
        writer.text("stage", stuck.stage)
        writer.name("attempts")
        writer.int(Int64(stuck.attempts))
        writer.text("errorClass", stuck.cause)
        writer.endObject()
    }
}

extension RebalanceNote {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("at")
        writer.string(RFC3339.utc(Instant(milliseconds: at.milliseconds)))
        writer.name("instance")
        writer.string(instance)
        writer.name("change")
        writer.string(isAssignment ? "assigned" : "revoked")
        writer.name("partitions")
        writer.int(Int64(partitions))
        writer.name("generation")
        writer.integer(generation.map(Int64.init))
        writer.endObject()
    }
}

extension JSONWriter {
    /// A number, or null where it is not known.
    mutating func integer(_ number: Int64?) {
        if let number { int(number) } else { null() }
    }

    /// A member with one decimal, or null where it is not known.
    mutating func decimal(_ name: String, _ number: Double?) {
        self.name(name)
        guard let number, number.isFinite, abs(number) < 1e15 else { return null() }
        tenths(Int64((number * 10).rounded()))
    }

    mutating func text(_ name: String, _ text: String?) {
        self.name(name)
        if let text { string(text) } else { null() }
    }
}
