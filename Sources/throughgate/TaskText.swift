import EventContracts
import Foundation
import HandoverRules
import Operations

/// Tasks and decisions as text.
enum TaskText {
    /// Due, id, code and what it is about.
    static func line(_ task: TaskBoard.Task) -> String {
        let due = task.dueAt.map { RFC3339.london($0) } ?? ""
        let state = task.isOpen ? "due \(due)" : "closed \(task.outcome ?? "")"
        let about = [
            task.prison.map { "prison \($0)" }, task.provider.map { "provider \($0)" },
            task.handover.map { "handover \($0.uuidString.lowercased())" }, task.reason,
            task.scopes.isEmpty ? nil : "scope " + task.scopes.joined(separator: " and "),
            task.spell.map { "spell \($0.uuidString.lowercased())" },
        ].compactMap(\.self).joined(separator: ", ")
        return Text.row([
            task.id.uuidString.lowercased(), Text.padded(task.priority?.text ?? "", 2), Text.padded(task.code, 18),
            state, about,
        ])
    }

    /// Says that a decision was published.
    static func say(_ event: Event, json: Bool) {
        let id = event.id.uuidString.lowercased()
        guard json else {
            return Console.say(
                "published \(event.payload.type.rawValue); `throughgate explain --event \(id)` tells more")
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("event")
        writer.string(id)
        writer.name("type")
        writer.string(event.payload.type.rawValue)
        writer.endObject()
        Console.say(json: writer.bytes)
    }
}
