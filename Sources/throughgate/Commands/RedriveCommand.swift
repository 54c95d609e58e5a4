import ArgumentParser
import ExactlyOnceKafka
import Foundation
import HandoverRules
import Operations
import Postgres

extension RejectedCommand {
    /// Sends rejected records to the hub again.
    struct RedriveCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "redrive",
            abstract: "Send rejected records to the hub again, once their cause is gone: same bytes, same event id.",
            discussion: """
                Name places, or choose by --reason, --topic and --known. In the order of each key, to the partition \
                they came from, a few a second, each at most \(Redrive.timesMax) times. --dry-run shows what would be \
                done and does nothing. The audit keeps who did it and why.
                """)

        @OptionGroup var settings: SettingsOption
        @Argument(help: "Places as `list` shows them: TOPIC/PARTITION/OFFSET.", transform: Reading.place)
        var places: [SourcePosition] = []
        @OptionGroup var choice: RejectedChoice
        @OptionGroup var because: BecauseOption
        @Flag(name: .long, help: "Only show what would be done.") var dryRun = false
        @Option(name: .long, help: "Records a second.") var perSecond = Redrive.perSecondStandard
        @Option(name: .long, help: "At most this many.") var limit = Redrive.recordsMax
        @Flag(name: .long, help: "Print JSON.") var json = false

        func validate() throws {
            guard places.isEmpty != choice.isEmpty else {
                throw ValidationError("name places, or choose by --reason, --topic or --known")
            }
            guard dryRun || because.because != nil else { throw ValidationError("--because or --dry-run") }
            guard perSecond > 0, perSecond <= 1_000 else { throw ValidationError("--per-second must be up to 1000") }
            guard (1...Redrive.recordsMax).contains(limit) else {
                throw ValidationError("--limit must be 1 to \(Redrive.recordsMax)")
            }
        }

        func run() throws {
            let settings = try settings.load()
            let connection = try PostgresConnection(settings.postgres)
            let plan =
                places.isEmpty
                ? try Redrive(choice.filter, limit: limit, on: connection) : try Redrive(places, on: connection)
            if let stranger = plan.unknown.first {
                throw CommandFailure(.badInput, "\(stranger): no rejected record lies there; nothing was sent")
            }
            var sent: [SourcePosition] = []
            if let because = because.because, !dryRun, !plan.ready.isEmpty {
                let producer = try EventProducer(
                    configuration: settings.kafka,
                    clientName: "throughgate-redrive-\(ProcessInfo.processInfo.processIdentifier)")
                defer { producer.close() }
                sent = try plan.run(
                    by: Operator.name, because: because, perSecond: perSecond, through: producer, on: connection,
                    rest: { Thread.sleep(forTimeInterval: $0 / .seconds(1)) })
            }
            if json { return Console.say(json: RejectedText.json(plan, sent: sent, wasDone: !dryRun)) }
            for item in plan.items { Console.say(RejectedText.line(item, wasSent: sent.contains(item.record.place))) }
            Console.note(
                dryRun ? "\(plan.ready.count) of \(plan.items.count) would be sent" : "\(sent.count) sent again")
        }
    }

    /// Is done with rejected records without sending them again.
    struct DiscardCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "discard",
            abstract: "Be done with rejected records without sending them again. They stay in the ledger.")

        @OptionGroup var settings: SettingsOption
        @Argument(help: "Places as `list` shows them: TOPIC/PARTITION/OFFSET.", transform: Reading.place)
        var places: [SourcePosition]
        @OptionGroup var because: BecauseOption
        @Flag(name: .long, help: "Only show what would be done.") var dryRun = false

        func validate() throws {
            guard dryRun || because.because != nil else { throw ValidationError("--because or --dry-run") }
        }

        func run() throws {
            let connection = try settings.connection()
            let records = try places.map { place in
                guard let record = try DeadLetters.find(place, on: connection) else {
                    throw CommandFailure(.badInput, "\(place): no rejected record lies there; nothing was discarded")
                }
                return record
            }
            for record in records {
                guard let because = because.because, !dryRun else {
                    Console.say(RejectedText.line(record))
                    continue
                }
                let isDone = try DeadLetters.discard(
                    record.place, by: Operator.name, because: because, on: connection)
                Console.say("\(record.place)  " + (isDone ? "discarded" : "not open any more"))
            }
        }
    }
}

/// Why: kept in the audit.
struct BecauseOption: ParsableArguments {
    @Option(name: .long, help: "Why, in at most 140 letters; the audit keeps it. Name no person.")
    var because: String?

    func validate() throws {
        if let because { try BecauseOption.check(because) }
    }

    static func check(_ text: String) throws {
        let length = text.trimmingCharacters(in: .whitespacesAndNewlines).count
        guard (1...DeadLetters.reasonMax).contains(length) else {
            throw ValidationError("--because must be 1 to \(DeadLetters.reasonMax) letters")
        }
    }
}
