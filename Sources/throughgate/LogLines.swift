import EventContracts
import Foundation
import Logging

/// How a log line is written.
enum LogFormat: String, Sendable {
    /// `2026-06-05T09:15:00.123Z info message key=value`
    case text
    /// One JSON object a line.
    case json
}

/// Writes each event as one line to standard error. Lines never hold a person: callers name topic, partition, offset.
struct LogLines: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let format: LogFormat

    init(level: Logger.Level, format: LogFormat) {
        logLevel = level
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let provided = event.metadata { fields.merge(provided) { _, new in new } }
        let pairs = fields.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
        let time = Wall.text()
        let line =
            switch format {
            case .text: LogLines.text(time, event.level, "\(event.message)", pairs)
            case .json: LogLines.json(time, event.level, "\(event.message)", pairs)
            }
        Console.write(line + [10], to: 2)
    }

    private static func text(
        _ time: String, _ level: Logger.Level, _ message: String, _ pairs: [(String, String)]
    ) -> [UInt8] {
        var line = "\(time) \(level.rawValue) \(oneLine(message))"
        for (key, value) in pairs {
            let plain = !value.isEmpty && value.allSatisfy { !$0.isWhitespace && $0 != "\"" && $0 != "=" }
            line += " \(key)=" + (plain ? value : "\"\(oneLine(value).replacing("\"", with: "'"))\"")
        }
        return Array(line.utf8)
    }

    private static func json(
        _ time: String, _ level: Logger.Level, _ message: String, _ pairs: [(String, String)]
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in [("time", time), ("level", level.rawValue), ("message", message)] + pairs {
            writer.name(name)
            writer.string(value)
        }
        writer.endObject()
        return writer.bytes
    }

    private static func oneLine(_ text: String) -> String {
        text.contains(where: \.isNewline) ? text.split(whereSeparator: \.isNewline).joined(separator: " ") : text
    }
}
