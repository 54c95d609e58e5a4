import EventContracts
import FoundationEssentials
import HandoverRules
public import Postgres

/// The ordered decision record, oldest first (contract.md §10): why each recipient knows what it knows, and why not
/// what it does not.
public struct DecisionRecord: Sendable {
    public var subject: DecisionSubject
    public var entries: [DecisionEntry]

    /// Reads it from the ledger, by the person's events; what it costs grows with them alone. (Rejected records have
    /// no index by person: those that are kept are looked through.)
    ///
    /// - Returns: nil where the ledger knows nothing of the subject.
    public static func read(_ subject: DecisionSubject, on connection: PostgresConnection) throws -> DecisionRecord? {
        let reader = DecisionReader(connection)
        switch subject {
        case .person(let noms):
            let people = try reader.people(noms.text)
            let entries = try reader.entries(of: people) + reader.rejected(people: people)
            return entries.isEmpty ? nil : DecisionRecord(subject: subject, entries: sorted(entries))
        case .event(let id):
            let refused = try reader.rejected(event: id)
            guard let noms = try reader.subject(ofEvent: id) else {
                return refused.isEmpty ? nil : DecisionRecord(subject: subject, entries: refused)
            }
            let all = try reader.entries(of: reader.people(noms))
            let own = all.filter { $0.event == id || $0.decidedFrom.contains(id) }
            return DecisionRecord(subject: subject, entries: sorted(own + refused))
        case .handover(let id):
            guard let noms = try reader.subject(ofStream: id) else { return nil }
            let all = try reader.entries(of: reader.people(noms))
            return DecisionRecord(subject: subject, entries: sorted(selected(all, handover: id)))
        }
    }

    /// Its versions, the events that they rest on and were caused by, what its recipient answered, the tasks about it,
    /// and why its scope was not sent at other times.
    private static func selected(_ all: [DecisionEntry], handover id: UUID) -> [DecisionEntry] {
        let versions = all.filter { $0.stream == id }
        var events = Set(versions.compactMap(\.event))
        for version in versions { events.formUnion(version.decidedFrom) }
        let scopes = Set(versions.compactMap { version in version.spell.map { [$0.uuidString, version.scope ?? ""] } })
        return all.filter { entry in
            if entry.stream == id || entry.about == id { return true }
            if let spell = entry.spell, entry.stream == nil {
                return scopes.contains([spell.uuidString, entry.scope ?? ""])
            }
            return entry.stream == nil && entry.spell == nil && entry.event.map(events.contains) ?? false
        }
    }

    private static func sorted(_ entries: [DecisionEntry]) -> [DecisionEntry] {
        entries.sorted { $0.order < $1.order }
    }

    /// The shape of contract.md §10; entries about a handover or task say which, in members of their own.
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 256 + 256 * entries.count)
        writer.beginObject()
        switch subject {
        case .person(let noms): member("person", noms.text, &writer)
        case .event(let id): member("event", DecisionRecord.text(id), &writer)
        case .handover(let id): member("handover", DecisionRecord.text(id), &writer)
        }
        writer.name("decisions")
        writer.beginArray()
        for entry in entries { write(entry, &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func write(_ entry: DecisionEntry, _ writer: inout JSONWriter) {
        writer.beginObject()
        member("at", RFC3339.utc(entry.at), &writer)
        writer.name("event")
        if let event = entry.event { writer.string(DecisionRecord.text(event)) } else { writer.null() }
        member("rule", entry.rule, &writer)
        member("outcome", entry.outcome, &writer)
        member("reason", entry.reason, &writer)
        if let words = Reason.words(of: entry.reason) { member("words", words, &writer) }
        list("dataQuality", entry.dataQuality, &writer)
        if let stream = entry.stream {
            member(entry.rule.hasPrefix("task.") ? "task" : "handover", DecisionRecord.text(stream), &writer)
        }
        if let version = entry.version {
            writer.name("version")
            writer.int(Int64(version))
        }
        if let recipient = entry.recipient { member("recipient", recipient, &writer) }
        if let priority = entry.priority { member("priority", priority.text, &writer) }
        if !entry.decidedFrom.isEmpty { list("decidedFrom", entry.decidedFrom.map(DecisionRecord.text), &writer) }
        if entry.isHeld {
            writer.name("held")
            writer.bool(true)
        }
        writer.endObject()
    }

    private static func text(_ id: UUID) -> String { id.uuidString.lowercased() }

    private func member(_ name: String, _ text: String, _ writer: inout JSONWriter) {
        writer.name(name)
        writer.string(text)
    }

    private func list(_ name: String, _ texts: [String], _ writer: inout JSONWriter) {
        writer.name(name)
        writer.beginArray()
        for text in texts { writer.string(text) }
        writer.endArray()
    }
}
