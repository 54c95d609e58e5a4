import Foundation
import HandoverRules
import Testing

/// The folder `Schemas` of this repository.
enum SchemaFolder {
    static let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Schemas")

    /// One line of `examples.csv`.
    struct Example: Sendable, CustomStringConvertible {
        let file: String, outcome: String, reason: String, schema: String
        /// What the rules say after it, "" where nobody says.
        let rules: String
        /// The folder that it lies in, which its message is named by.
        var name: String { String(file.prefix { $0 != "/" }) }
        var description: String { file }
    }

    /// The note comes last: it alone may hold a comma.
    static let examples: [Example] = {
        let text = try? String(contentsOf: url.appending(path: "examples.csv"), encoding: .utf8)
        return (text ?? "").split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
            return Example(file: cells[0], outcome: cells[1], reason: cells[2], schema: cells[3], rules: cells[4])
        }
    }()

    static func bytes(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: url.appending(path: file)))
    }

    static func tree(_ name: String) throws -> JSONTree {
        try JSONTree(reading: bytes("\(name)/\(name).schema.json"))
    }

    /// The part of an inbound event's schema that describes its data.
    static func data(of type: EventType) throws -> JSONTree {
        let data = try tree(type.rawValue)["properties"]?["data"]
        return try #require(data)
    }

    static func schema(_ name: String) throws -> JSONSchema { JSONSchema(try tree(name)) }
}
