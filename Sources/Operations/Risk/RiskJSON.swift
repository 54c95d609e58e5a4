import EventContracts
import HandoverRules

extension PeopleAtRisk {
    /// `{"at", "people", "byPriority": {"P1": …}, "kinds": [{"kind", "title", "priority", "people", "overdue",
    /// "oldest"}]}`: counts only, what GET /api/people-at-risk answers.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("at")
        writer.string(RFC3339.utc(at))
        writer.name("people")
        writer.int(Int64(total))
        writer.name("byPriority")
        writer.beginObject()
        for priority in Priority.allCases {
            writer.name(priority.text)
            writer.int(Int64(byPriority[priority] ?? 0))
        }
        writer.endObject()
        writer.name("kinds")
        writer.beginArray()
        for count in counts {
            writer.beginObject()
            let texts = [
                ("kind", count.kind.rawValue), ("title", count.kind.title), ("priority", count.priority.text),
                ("oldest", RFC3339.utc(count.oldest)),
            ]
            for (name, text) in texts {
                writer.name(name)
                writer.string(text)
            }
            writer.name("people")
            writer.int(Int64(count.people))
            writer.name("overdue")
            writer.int(Int64(count.overdue))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}
