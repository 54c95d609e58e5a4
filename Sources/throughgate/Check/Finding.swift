import EventContracts
import Foundation

/// One thing that was looked at.
struct Finding {
    enum Level: String { case ok, warning, failed }

    let part: String
    let level: Level
    /// What was found, and the remedy where one is needed.
    let text: String
    /// A server could not be reached.
    var isUnavailable = false

    init(_ part: String, _ level: Level, _ text: String) {
        self.part = part
        self.level = level
        self.text = text
    }

    /// A part that could not be looked at.
    init(_ part: String, _ error: any Error) {
        let failure = CommandFailure(error)
        self.init(part, .failed, failure.message)
        isUnavailable = failure.status == ExitStatus.unavailable.rawValue
    }

    var line: String { Text.row([Text.padded(level.rawValue, 7), Text.padded(part, 14), text]) }

    static func json(_ findings: [Finding]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("checks")
        writer.beginArray()
        for finding in findings {
            writer.beginObject()
            for (name, value) in [("part", finding.part), ("level", finding.level.rawValue), ("text", finding.text)] {
                writer.name(name)
                writer.string(value)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}

extension Finding {
    static func ofSettings(_ settings: Settings) -> [Finding] {
        var findings = [Finding("settings", .ok, "read")]
        for name in settings.unknownVariables {
            findings.append(Finding("settings", .warning, "\(name) names no setting and is ignored"))
        }
        if looksRandom(settings.instance) {
            findings.append(
                Finding(
                    "instance", .warning,
                    "hub.instance '\(settings.instance)' looks like a container's random name: after a restart the hub "
                        + "waits for its old name to time out; set hub.instance"))
        } else {
            findings.append(Finding("instance", .ok, settings.instance))
        }
        return findings
    }

    /// A container id (12 hexadecimal digits), or the tail that Kubernetes gives the pods of a deployment.
    static func looksRandom(_ name: String) -> Bool {
        name.wholeMatch(of: /[0-9a-f]{12}|[0-9a-f]{64}|.+-[a-z0-9]{8,10}-[a-z0-9]{5}/) != nil
    }
}
