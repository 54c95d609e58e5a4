import EventContracts
import Gateway
import HandoverRules

/// Webhooks as text.
enum WebhookText {
    static func line(_ door: WebhookBook.Door) -> String {
        var parts = [door.recipient, door.state, "\(door.waiting) waiting", "\(door.dead) dead letters"]
        if door.secrets == 0 { parts.append("no secret: nothing is sent") }
        if let at = door.oldestAt { parts.append("oldest \(RFC3339.utc(at))") }
        if door.failures > 0 { parts.append("\(door.failures) failures in a row") }
        if let outcome = door.lastOutcome { parts.append("last \(outcome)") }
        if let at = door.nextAttemptAt { parts.append("next \(RFC3339.utc(at))") }
        return parts.joined(separator: "  ")
    }

    static func line(_ row: WebhookBook.Delivery) -> String {
        var parts = [String(row.position), row.webhookID, row.state, "queued \(RFC3339.utc(row.queuedAt))"]
        parts.append("\(row.attempts) attempts")
        if let outcome = row.lastOutcome { parts.append("last \(outcome)") }
        return parts.joined(separator: "  ")
    }

    static func json(_ doors: [WebhookBook.Door]) -> [UInt8] {
        array(doors) { writer, door in write(door, &writer) }
    }

    static func json(_ door: WebhookBook.Door, _ rows: [WebhookBook.Delivery]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("recipient")
        write(door, &writer)
        writer.name("deliveries")
        writer.beginArray()
        for row in rows {
            writer.beginObject()
            number("position", row.position, &writer)
            text("webhookId", row.webhookID, &writer)
            text("state", row.state, &writer)
            text("queuedAt", RFC3339.utc(row.queuedAt), &writer)
            number("attempts", Int64(row.attempts), &writer)
            text("endedAt", row.endedAt.map(RFC3339.utc), &writer)
            text("lastOutcome", row.lastOutcome, &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    static func json(_ records: [WebhookSecrets.Record]) -> [UInt8] {
        array(records) { writer, record in
            writer.beginObject()
            text("id", record.id, &writer)
            text("recipient", record.recipient, &writer)
            text("createdAt", RFC3339.utc(record.createdAt), &writer)
            text("revokedAt", record.revokedAt.map(RFC3339.utc), &writer)
            writer.endObject()
        }
    }

    private static func write(_ door: WebhookBook.Door, _ writer: inout JSONWriter) {
        writer.beginObject()
        text("recipient", door.recipient, &writer)
        text("state", door.state, &writer)
        number("secrets", Int64(door.secrets), &writer)
        number("waiting", Int64(door.waiting), &writer)
        text("oldestAt", door.oldestAt.map(RFC3339.utc), &writer)
        number("dead", Int64(door.dead), &writer)
        number("failures", Int64(door.failures), &writer)
        text("nextAttemptAt", door.nextAttemptAt.map(RFC3339.utc), &writer)
        text("lastOutcome", door.lastOutcome, &writer)
        text("lastSuccessAt", door.lastSuccessAt.map(RFC3339.utc), &writer)
        writer.endObject()
    }

    private static func array<Item>(_ items: [Item], _ write: (inout JSONWriter, Item) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for item in items { write(&writer, item) }
        writer.endArray()
        return writer.bytes
    }

    private static func text(_ name: StaticString, _ text: String?, _ writer: inout JSONWriter) {
        writer.name("\(name)")
        if let text { writer.string(text) } else { writer.null() }
    }

    private static func number(_ name: StaticString, _ number: Int64, _ writer: inout JSONWriter) {
        writer.name("\(name)")
        writer.int(number)
    }
}
