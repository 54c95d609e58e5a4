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
        abstract: "Look at the records that were not taken, and why; send them again, or be done with them.",
        subcommands: [List.self, Groups.self, Show.self, RedriveCommand.self, DiscardCommand.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List rejected records, newest first: place, reason, field and rule; nothing of their content.")

        @OptionGroup var settings: SettingsOption
        @OptionGroup var choice: RejectedChoice
        @Flag(name: .long, help: "Also those that were dealt with.") var all = false
        @Option(name: .long, help: "At most this many.") var limit = 100
        @Flag(name: .long, help: "Print JSON.") var json = false

        func validate() throws {
            guard (1...DeadLetters.pageMax).contains(limit) else {
                throw ValidationError("--limit must be 1 to \(DeadLetters.pageMax)")
            }
        }

        func run() throws {
            let connection = try settings.connection()
            var filter = choice.filter
            if all { filter.state = nil }
            let records = try DeadLetters.list(filter, on: connection, limit: limit)
            if json { return Console.say(json: RejectedText.json(records)) }
            for record in records { Console.say(RejectedText.line(record)) }
            Console.note(
                records.count == limit ? "the newest \(limit); --limit shows more" : "\(records.count) rejected")
        }
    }

    struct Groups: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count open rejected records by reason and topic, and how many belong to known people.")

        @OptionGroup var settings: SettingsOption
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let groups = try DeadLetters.groups(on: settings.connection())
            if json { return Console.say(json: RejectedText.json(groups)) }
            for group in groups { Console.say(RejectedText.line(group)) }
            Console.note("\(groups.reduce(0) { $0 + $1.count }) open")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one rejected record; its content only with --body and a reason, which the audit keeps.")

        @OptionGroup var settings: SettingsOption
        @Argument(help: "Its place as `list` shows it: TOPIC/PARTITION/OFFSET.", transform: Reading.place)
        var place: SourcePosition
        @Flag(name: .long, help: "Also key and value, which can hold a person's data.") var body = false
        @Option(name: .long, help: "Why the content has to be seen; name no person.") var because: String?
        @Flag(name: .long, help: "Print JSON.") var json = false

        func validate() throws {
            guard body == (because != nil) else { throw ValidationError("--body and --because go together") }
            if let because { try BecauseOption.check(because) }
        }

        func run() throws {
            let connection = try settings.connection()
            guard let record = try DeadLetters.find(place, on: connection) else {
                throw CommandFailure(.badInput, "\(place): no rejected record lies there; `rejected list` shows them")
            }
            var content: (key: [UInt8]?, value: [UInt8]?)?
            if let because {
                Console.note("what follows can hold a person's data: show and keep it accordingly")
                content = try DeadLetters.body(of: place, by: Operator.name, because: because, on: connection)
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

extension Reading {
    /// `prison.kit-events/3/1042`
    static func place(_ text: String) throws -> SourcePosition {
        guard let place = SourcePosition(text) else { throw ValidationError("must be TOPIC/PARTITION/OFFSET") }
        return place
    }
}

/// Which open records.
struct RejectedChoice: ParsableArguments {
    @Option(name: .long, help: "Only this reason, such as FIELD_INVALID.") var reason: String?
    @Option(name: .long, help: "Only from this topic.") var topic: String?
    @Flag(name: .long, help: "Only those that belong to somebody whom the hub knows.") var known = false

    func validate() throws {
        guard reason.map({ RejectionReason(rawValue: $0) != nil }) ?? true else {
            throw ValidationError(
                "--reason must be one of " + RejectionReason.allCases.map(\.rawValue).joined(separator: ", "))
        }
    }

    var isEmpty: Bool { reason == nil && topic == nil && !known }

    var filter: DeadLetterFilter { DeadLetterFilter(reason: reason, topic: topic, isKnown: known) }
}
