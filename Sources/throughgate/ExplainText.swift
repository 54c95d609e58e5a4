import Foundation
import HandoverRules
import Operations

/// A decision record as people read it.
enum ExplainText {
    static func lines(_ record: DecisionRecord) -> [String] {
        record.entries.map(line) + ["\(record.entries.count) decisions"]
    }

    private static func line(_ entry: DecisionEntry) -> String {
        let isEvent = entry.isEvent
        var what = entry.outcome
        if let version = entry.version { what += " v\(version)" }
        if let priority = entry.priority { what += " \(priority.text)" }
        if let recipient = entry.recipient { what += " to \(recipient)" }
        if entry.isHeld { what += " (held: its topic could not be written)" }
        var why = Reason.words(of: entry.reason) ?? entry.reason
        if !entry.dataQuality.isEmpty { why += (why.isEmpty ? "" : "; ") + entry.dataQuality.joined(separator: ", ") }
        let id = isEvent ? entry.event : entry.stream
        return Text.row([
            RFC3339.london(entry.at), Text.padded((isEvent ? "" : "  ") + entry.rule, 26), what, why,
            id.map { $0.uuidString.lowercased() } ?? "",
        ])
    }
}
