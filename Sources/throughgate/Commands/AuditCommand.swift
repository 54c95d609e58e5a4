import ArgumentParser
import EventContracts
import Foundation
import HandoverRules
import Operations
import Postgres

/// Who did what.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Look at the chained audit, verify it, print its head for keeping elsewhere.",
        discussion: """
            Each entry holds a hash of the one before it. `verify` finds an entry that was edited, deleted or \
            exchanged; entries cut off at the end are found by a head that was kept outside: print it with `audit \
            head`, or take it from /api/audit/head, and give it to `audit verify --head`.
            """,
        subcommands: [List.self, Verify.self, Head.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List entries, newest first.")

        @OptionGroup var settings: SettingsOption
        @Option(name: .long, help: "Only this action, such as REDRIVE.") var action: String?
        @Option(name: .long, help: "Only this actor, such as user:ana or token:ID.") var actor: String?
        @Option(name: .long, help: "Only entries below this number.") var before: Int64?
        @Option(name: .long, help: "At most this many.") var limit = 50
        @Flag(name: .long, help: "Print JSON.") var json = false

        func validate() throws {
            guard (1...AuditBook.listMax).contains(limit) else {
                throw ValidationError("--limit must be 1 to \(AuditBook.listMax)")
            }
            guard action.map({ AuditAction(rawValue: $0) != nil }) ?? true else {
                throw ValidationError(
                    "--action must be one of " + AuditAction.allCases.map(\.rawValue).joined(separator: ", "))
            }
        }

        func run() throws {
            let entries = try AuditBook.list(
                on: settings.connection(), before: before, action: action.flatMap(AuditAction.init(rawValue:)),
                actor: actor, limit: limit)
            if json { return Console.say(json: AuditText.json(entries)) }
            for entry in entries { Console.say(AuditText.line(entry)) }
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Go through the whole chain; exit 65 where it is not as it was written.")

        @OptionGroup var settings: SettingsOption
        @Option(name: .long, help: ArgumentHelp("A head that was kept elsewhere.", valueName: "seq:hash"))
        var head: String?
        @Flag(name: .long, help: "Print JSON.") var json = false

        func validate() throws {
            guard head.map({ AuditHead($0) != nil }) ?? true else {
                throw ValidationError("--head must be SEQ:HASH as `audit head` prints it")
            }
        }

        func run() throws {
            let verdict = try AuditBook.verify(on: settings.connection(), anchor: head.flatMap { AuditHead($0) })
            if json {
                Console.say(json: AuditText.json(verdict))
            } else {
                for fault in verdict.faults {
                    Console.say("\(fault.kind.rawValue)  entry \(fault.seq): \(fault.words)")
                }
                Console.say(
                    (verdict.isIntact ? "intact: " : "not intact: ")
                        + "\(verdict.entries) entries, \(verdict.accesses) reads"
                        + (verdict.accessesRetired > 0 ? " (\(verdict.accessesRetired) beyond their time)" : ""))
                Console.say("head \(verdict.head)")
            }
            guard verdict.isIntact else {
                throw CommandFailure(.badInput, "the audit is not as it was written: \(verdict.faults.count) faults")
            }
            if head == nil {
                Console.note("entries cut off at the end are found only with --head and a head kept elsewhere")
            }
        }
    }

    struct Head: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the head of the chain, SEQ:HASH, to be kept where the audited cannot write.")

        @OptionGroup var settings: SettingsOption
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let head = try AuditBook.head(on: settings.connection())
            if json { return Console.say(json: head.json) }
            Console.say(head.description)
        }
    }
}

/// Who runs this program.
enum Operator {
    /// `user:NAME` of the operating system.
    static var name: String { "user:" + ProcessInfo.processInfo.userName }
}

extension AuditedDeed {
    /// What the caller of this program does, audited before and after.
    static func run<Result>(
        _ action: AuditAction, _ object: String, _ detail: [String: String] = [:], on connection: PostgresConnection,
        ending: (Result) -> [String: String] = { _ in [:] }, _ deed: () throws -> Result
    ) throws -> Result {
        try run(
            AuditNote(actor: Operator.name, action: action, object: object, detail: detail), on: connection,
            ending: ending, deed)
    }
}

/// The audit as text and JSON.
enum AuditText {
    static func line(_ entry: AuditEntry) -> String {
        Text.row([
            String(entry.seq), RFC3339.utc(Instant(milliseconds: entry.at.milliseconds)), entry.actor, entry.action,
            entry.object, entry.detail,
        ])
    }

    static func json(_ entries: [AuditEntry]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("entries")
        writer.beginArray()
        for entry in entries {
            writer.beginObject()
            writer.name("seq")
            writer.int(entry.seq)
            let texts = [
                ("at", RFC3339.utc(entry.at)), ("actor", entry.actor), ("action", entry.action),
                ("object", entry.object), ("detail", entry.detail), ("prev", AuditHead.hex(entry.prev)),
                ("hash", AuditHead.hex(entry.hash)),
            ]
            for (name, text) in texts {
                writer.name(name)
                writer.string(text)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    static func json(_ verdict: AuditVerdict) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("intact")
        writer.bool(verdict.isIntact)
        writer.name("entries")
        writer.int(Int64(verdict.entries))
        writer.name("reads")
        writer.int(Int64(verdict.accesses))
        writer.name("head")
        writer.string(verdict.head.description)
        writer.name("faults")
        writer.beginArray()
        for fault in verdict.faults {
            writer.beginObject()
            writer.name("kind")
            writer.string(fault.kind.rawValue)
            writer.name("seq")
            writer.int(fault.seq)
            writer.name("words")
            writer.string(fault.words)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}
