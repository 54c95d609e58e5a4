import ArgumentParser
import EventContracts
import Foundation
import HandoverRules
import Operations
import Postgres

/// Records that were not taken.
struct RejectedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejected",
        abstract: "Look at the records that were not taken, and why.",
        subcommands: [List.self, Show.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List rejected records, newest first: place, reason, field and rule; nothing of their content.")

        @OptionGroup var settings: SettingsOption
        @Option(name: .long, help: "Only this reason, such as FIELD_INVALID.") var reason: String?
        @Flag(name: .long, help: "Also those that were dealt with.") var all = false
        @Option(name: .long, help: "At most this many.") var limit = 100
        @Flag(name: .long, help: "Print JSON.") var json = false

        func validate() throws {
            guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be 1 to 10000") }
            guard reason.map({ RejectionReason(rawValue: $0) != nil }) ?? true else {
                throw ValidationError(
                    "--reason must be one of " + RejectionReason.allCases.map(\.rawValue).joined(separator: ", "))
            }
        }

        func run() throws {
            let connection = try PostgresConnection(settings.load().postgres)
            let records = try LedgerView.rejected(
                on: connection, state: all ? nil : "OPEN", reason: reason, limit: limit)
            if json { return Console.say(json: RejectedText.json(records)) }
            for record in records { Console.say(RejectedText.line(record)) }
            Console.note(
                records.count == limit ? "the newest \(limit); --limit shows more" : "\(records.count) rejected")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one rejected record; its content only with --body.")

        @OptionGroup var settings: SettingsOption
        @Argument(help: "Its place as `list` shows it: TOPIC/PARTITION/OFFSET.") var place: RecordPlace
        @Flag(name: .long, help: "Also key and value, which can hold a person's data.") var body = false
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let connection = try PostgresConnection(settings.load().postgres)
            guard
                let record = try LedgerView.rejected(
                    on: connection, topic: place.topic, partition: place.partition, offset: place.offset)
            else {
                throw CommandFailure(.badInput, "\(place): no rejected record lies there; `rejected list` shows them")
            }
            var content: (key: [UInt8]?, value: [UInt8]?)?
            if body {
                Console.note("what follows can hold a person's data: show and keep it accordingly")
                content = try LedgerView.bodyOfRejected(
                    on: connection, topic: place.topic, partition: place.partition, offset: place.offset)
            }
            if json { return Console.say(json: RejectedText.json(record, content: content)) }
            for line in RejectedText.lines(record) { Console.say(line) }
            guard let content else { return }
            Console.say("key: " + (content.key.map { String(decoding: $0, as: UTF8.self) } ?? "null"))
            Console.say("value:")
            Console.say(json: content.value ?? Array("null".utf8))
        }
    }
}

/// `prison.kit-events/3/1042`
struct RecordPlace: ExpressibleByArgument, CustomStringConvertible {
    let topic: String
    let partition: Int32
    let offset: Int64

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, let partition = Int32(parts[1]), let offset = Int64(parts[2]) else {
            return nil
        }
        topic = String(parts[0])
        self.partition = partition
        self.offset = offset
    }

    var description: String { "\(topic)/\(partition)/\(offset)" }
}
