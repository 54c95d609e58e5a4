public import HandoverRules

/// A rejected record on its way to `hub.rejected`: original key and value byte for byte, and why (contract.md §5).
public struct DeadLetter: Sendable, Hashable {
    /// What a record may take on `hub.rejected`: its max.message.bytes of 5 MiB, less room for Kafka's own framing.
    public static let recordBytesMax = 5 << 20 - 4 << 10

    public var record: InboundRecord
    public var rejection: Rejection
    /// When this record was first refused.
    public var firstSeen: Instant
    /// How often it was tried, 1 and up.
    public var attempts: Int

    public init(record: InboundRecord, rejection: Rejection, firstSeen: Instant, attempts: Int) {
        self.record = record
        self.rejection = rejection
        self.firstSeen = firstSeen
        self.attempts = attempts
    }

    /// The record for `hub.rejected`. What does not fit goes without its value, then without the original's headers,
    /// then without its key; `tg_omitted` names what was left out, and the ledger keeps all of it.
    public func outbound(topics: Topics, recordBytesMax: Int = DeadLetter.recordBytesMax) -> OutboundRecord {
        var out = OutboundRecord(topic: topics.rejected, key: record.key, value: record.value, headers: reasons)
        let originals = record.headers.filter(DeadLetter.isKept)
        out.headers += originals
        if DeadLetter.size(out) <= recordBytesMax { return out }
        out.value = nil
        out.headers = reasons + [RecordHeader("tg_omitted", "value")] + originals
        if DeadLetter.size(out) <= recordBytesMax { return out }
        out.headers = reasons + [RecordHeader("tg_omitted", "value,headers")]
        if DeadLetter.size(out) <= recordBytesMax { return out }
        out.key = nil
        out.headers = reasons + [RecordHeader("tg_omitted", "value,headers,key")]
        return out
    }

    private var reasons: [RecordHeader] {
        [
            RecordHeader("tg_reason", rejection.reason.rawValue),
            RecordHeader("tg_detail", rejection.detail),
            RecordHeader("tg_source_topic", record.topic),
            RecordHeader("tg_source_partition", String(record.partition)),
            RecordHeader("tg_source_offset", String(record.offset)),
            RecordHeader("tg_first_seen", RFC3339.utc(firstSeen)),
            RecordHeader("tg_attempts", String(attempts)),
        ]
    }

    /// The CloudEvents headers and the content type; not the subject, which is a person, nor what anybody else put
    /// there.
    private static func isKept(_ header: RecordHeader) -> Bool {
        header.name == "content-type" || (header.name.hasPrefix("ce_") && header.name != "ce_subject")
    }

    /// An upper bound of the record's size on the wire: lengths are varints of at most 5 bytes.
    private static func size(_ record: OutboundRecord) -> Int {
        let headers = record.headers.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) + 10 }
        return 64 + (record.key?.count ?? 0) + (record.value?.count ?? 0) + headers
    }
}
