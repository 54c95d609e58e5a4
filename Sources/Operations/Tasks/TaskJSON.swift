import EventContracts
import FoundationEssentials
import HandoverRules

extension TaskBoard {
    /// `{"tasks": […]}`, ids and codes.
    public static func json(_ tasks: [Task]) -> [UInt8] {
        var writer = JSONWriter(capacity: 64 + 320 * tasks.count)
        writer.beginObject()
        writer.name("tasks")
        writer.beginArray()
        for task in tasks {
            writer.beginObject()
            task.write(to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}

extension TaskBoard.Task {
    fileprivate func write(to writer: inout JSONWriter) {
        let texts: [(String, String?)] = [
            ("taskId", TaskBoard.Task.text(id)), ("code", code), ("state", isOpen ? "OPEN" : "CLOSED"),
            ("priority", priority?.text), ("raisedAt", RFC3339.utc(raisedAt)), ("dueAt", dueAt.map(RFC3339.utc)),
            ("closedAt", closedAt.map(RFC3339.utc)), ("outcome", outcome), ("spell", spell.map(TaskBoard.Task.text)),
            ("handoverId", handover.map(TaskBoard.Task.text)), ("prisonId", prison), ("providerId", provider),
            ("reason", reason),
        ]
        for (name, text) in texts {
            writer.name(name)
            if let text { writer.string(text) } else { writer.null() }
        }
        writer.name("scopes")
        writer.beginArray()
        for scope in scopes { writer.string(scope) }
        writer.endArray()
        writer.name("version")
        writer.int(Int64(version))
    }

    private static func text(_ id: UUID) -> String { id.uuidString.lowercased() }
}
