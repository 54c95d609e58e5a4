import EventContracts
public import HandoverRules

/// Alerts as JSON. Causes are topics, codes and organisations, never a person.
public enum AlertJSON {
    /// `GET /api/alerts` and `throughgate alerts --json`: what is open, the gravest first.
    public static func list(_ book: AlertBook, at lookedAt: Instant?, runbooks: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.text("lookedAt", lookedAt.map { RFC3339.utc(Instant(milliseconds: $0.milliseconds)) })
        writer.name("open")
        writer.beginArray()
        for entry in book.open {
            writer.beginObject()
            write(entry.rule, entry.cause, entry.standing.value, runbooks, to: &writer)
            writer.text(
                "openedAt", entry.standing.openedAt.map { RFC3339.utc(Instant(milliseconds: $0.milliseconds)) })
            writer.text("summary", entry.rule.words(entry.standing.value, entry.cause))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// One opening or clearing as a CloudEvent in its JSON format, for the webhook.
    public static func event(_ notice: AlertNotice, source: String, runbooks: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        for (name, value) in [
            ("specversion", "1.0"), ("id", notice.id), ("source", source), ("type", "throughgate.alert.v1"),
            ("time", RFC3339.utc(Instant(milliseconds: notice.at.milliseconds))),
            ("datacontenttype", "application/json"),
        ] {
            writer.text(name, value)
        }
        writer.name("data")
        writer.beginObject()
        writer.text("state", notice.isOpen ? "open" : "clear")
        write(notice.rule, notice.cause, notice.value, runbooks, to: &writer)
        writer.text("openedAt", RFC3339.utc(Instant(milliseconds: notice.openedAt.milliseconds)))
        writer.text("summary", notice.summary)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    private static func write(
        _ rule: AlertRule, _ cause: AlertCause, _ value: Double, _ runbooks: String, to writer: inout JSONWriter
    ) {
        writer.text("alert", rule.name)
        writer.text("severity", rule.severity.rawValue)
        writer.name("cause")
        writer.beginObject()
        for label in cause.labels { writer.text(label.name, label.value) }
        writer.endObject()
        writer.decimal("value", value)
        writer.text("runbook", rule.runbook(below: runbooks))
    }
}
