import EventContracts
import HandoverPipeline
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

    /// Reads a page and notes in the audit that its bodies were read.
    static func read(
        of recipient: String, after cursor: FeedCursor, limit: Int, by bearer: Bearer, action: String,
        on connection: PostgresConnection
    ) throws -> FeedPage {
        let rows = try connection.query(GatewaySQL.page(of: recipient, after: cursor.position, limit: limit))
        var items: [FeedItem] = []
        items.reserveCapacity(rows.count)
        for row in rows {
            let headers = StoredBytes.headers(try row[1] as [UInt8]?)
            items.append(FeedItem(position: try row[0], event: StoredCloudEvent.json(headers, body: try row.bytes(2))))
        }
        if let first = items.first, let last = items.last {
            // Written before anything is shown: what cannot be noted is not shown.
            try connection.execute(
                GatewaySQL.audit(
                    token: bearer.tokenID, action: action, first: first.position, last: last.position,
                    items: items.count))
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

/// A message as it was published, as a CloudEvent in the JSON format: attributes from its headers, the body untouched.
enum StoredCloudEvent {
    static func json(_ headers: [RecordHeader], body: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(capacity: body.count + 512)
        writer.beginObject()
        for header in headers {
            guard let value = header.value else { continue }
            if header.name == "content-type" {
                writer.name("datacontenttype")
            } else if header.name.hasPrefix("ce_") {
                writer.name(String(header.name.dropFirst(3)))
            } else {
                continue
            }
            writer.string(String(decoding: value, as: UTF8.self))
        }
        writer.name("data")
        var bytes = writer.bytes
        bytes += body
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}
