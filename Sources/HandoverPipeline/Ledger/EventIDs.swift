import FoundationEssentials

/// Ids of events as one bytea, 16 bytes each: what a message was decided from.
enum EventIDs {
    static func encode(_ ids: [UUID]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 * ids.count)
        for id in ids { withUnsafeBytes(of: id.uuid) { bytes.append(contentsOf: $0) } }
        return bytes
    }
}
