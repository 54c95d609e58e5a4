import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules

/// What a replay found, as text and JSON: counts, ids and codes.
enum ReplayText {
    static func lines(_ report: Replay.Report, wasRun: Bool) -> [String] {
        var lines = report.changes.map(line)
        let named = report.wouldSend + report.wouldWithdraw
        if named > lines.count { lines.append("… and \(named - lines.count) more") }
        return lines + [
            "people: \(report.persons), \(report.different) other than kept, \(report.unreadable) unreadable before",
            "handovers and tasks: \(report.unchanged) as they are, \(report.wouldSend) to be sent, "
                + "\(report.wouldWithdraw) to be withdrawn or closed",
            "events this program does not take: \(report.eventsLeftOut)",
            wasRun ? "rebuilt; the hub says what is to be said to \(report.toBeTold) people" : "nothing was changed",
        ]
    }

    private static func line(_ change: Replay.Change) -> String {
        let what =
            change.taskCode.map { "task.\($0)" } ?? "handover.\(change.recipient?.kind.rawValue ?? "")"
        let kind = change.kind?.rawValue ?? (change.closes ? "CLOSED" : "OPENED")
        return Text.row([
            change.id.uuidString.lowercased(), Text.padded(what, 26), "\(kind) v\(change.version)",
            change.priority?.text ?? "", change.recipient?.provider.text ?? "",
            Reason.words(of: change.reason) ?? change.reason,
        ])
    }

    static func json(_ report: Replay.Report, wasRun: Bool) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 + 200 * report.changes.count)
        writer.beginObject()
        writer.name("run")
        writer.bool(wasRun)
        let numbers = [
            ("people", report.persons), ("different", report.different), ("unreadable", report.unreadable),
            ("eventsLeftOut", report.eventsLeftOut), ("unchanged", report.unchanged), ("send", report.wouldSend),
            ("withdraw", report.wouldWithdraw), ("toBeTold", report.toBeTold),
        ]
        for (name, number) in numbers {
            writer.name(name)
            writer.int(Int64(number))
        }
        writer.name("changes")
        writer.beginArray()
        for change in report.changes { write(change, &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ change: Replay.Change, _ writer: inout JSONWriter) {
        writer.beginObject()
        let texts: [(String, String?)] = [
            (change.taskCode == nil ? "handover" : "task", change.id.uuidString.lowercased()),
            ("code", change.taskCode), ("recipient", change.recipient?.provider.text),
            ("outcome", change.kind?.rawValue ?? (change.closes ? "CLOSED" : "OPENED")),
            ("priority", change.priority?.text), ("reason", change.reason),
        ]
        for (name, text) in texts {
            guard let text else { continue }
            writer.name(name)
            writer.string(text)
        }
        writer.name("version")
        writer.int(Int64(change.version))
        writer.endObject()
    }
}
