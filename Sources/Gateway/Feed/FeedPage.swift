import EventContracts
import HandoverPipeline
import HandoverRules
import Postgres

/// One handover version as the doors show it.
struct FeedItem: Sendable {
    let position: Int64
    /// A CloudEvent in its JSON format, on one line.
    let event: [UInt8]
}

/// A stretch of one recipient's feed, oldest first.
struct FeedPage: Sendable {
    let items: [FeedItem]
    /// Where to go on; the place asked for when there was nothing.
    let next: FeedCursor
    /// Whether there was as much as was asked for, and so perhaps more.
    let isFull: Bool

    /// Reads a page; ``ReadBook`` notes it before it is shown. Bodies of a recipient with a registered key are sealed
    /// to it.
    /// - Throws: ``Problem/key`` when there is something to show and the recipient's key cannot be used.
    static func read(
        of recipient: String, after cursor: FeedCursor, limit: Int, _ sealer: Sealer,
        on connection: PostgresConnection
    ) throws -> FeedPage {
        try cursor.check(of: recipient, on: connection)
        let rows = try connection.query(GatewaySQL.page(of: recipient, after: cursor.position, limit: limit))
        var items: [FeedItem] = []
        items.reserveCapacity(rows.count)
        let seals = rows.isEmpty ? nil : (keys: try sealer.keys(on: connection), now: MachineClock.now())
        for row in rows {
            guard let seals else { break }
            let event = try StoredCloudEvent.json(
                StoredBytes.headers(try row[1] as [UInt8]?), body: try row.bytes(2), to: recipient, seals.keys,
                at: seals.now)
            items.append(FeedItem(position: try row[0], event: event))
        }
        return FeedPage(
            items: items, next: items.last.map { FeedCursor(position: $0.position) } ?? cursor,
            isFull: items.count == limit)
    }

    /// The answer of the feed.
    func json(of recipient: String) -> [UInt8] {
        var bytes = Array(#"{"handovers":["#.utf8)
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += item.event
        }
        bytes += Array(#"],"next":"\#(next.text(of: recipient))","more":\#(isFull)}"#.utf8)
        return bytes
    }
}

/// A message as its recipient gets it, as a CloudEvent in the JSON format: attributes from its headers, and the body
/// as `data`: untouched JSON, or the text of a sealed body.
enum StoredCloudEvent {
    /// - Throws: ``Problem/key``.
    static func json(
        _ headers: [RecordHeader], body: [UInt8], to recipient: String, _ keys: SealingKeys, at now: Instant
    ) throws(Problem) -> [UInt8] {
        let id = headers.last { $0.name == "ce_id" }?.value ?? []
        let outgoing: OutgoingBody
        do throws(KeyMissing) {
            outgoing = try keys.outgoing(body, to: recipient, messageID: String(decoding: id, as: UTF8.self), at: now)
        } catch {
            throw .key
        }
        var writer = JSONWriter(capacity: outgoing.bytes.count + 512)
        writer.beginObject()
        for header in headers where header.name.hasPrefix("ce_") {
            guard let value = header.value else { continue }
            writer.name(String(header.name.dropFirst(3)))
            writer.string(String(decoding: value, as: UTF8.self))
        }
        writer.name("datacontenttype")
        writer.string(outgoing.contentType)
        writer.name("data")
        if outgoing.isSealed {
            writer.string(String(decoding: outgoing.bytes, as: UTF8.self))
            writer.endObject()
            return writer.bytes
        }
        var bytes = writer.bytes
        bytes += outgoing.bytes
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}
