public import EventContracts
import ExactlyOnceKafka

/// Records as the ledger keeps them, read back by what only looks (the doors, reports).
public enum StoredBytes {
    /// The headers of an event or a message, as kept in a column `headers`; null is none.
    public static func headers(_ bytes: [UInt8]?) -> [RecordHeader] {
        HeaderBytes.decode(bytes ?? []).map { RecordHeader($0.name, $0.value) }
    }
}
