import ArgumentParser
import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverRules

/// Shows a recipient's handovers.
struct SubscribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe",
        abstract: "Show the handovers of one recipient, as its own consumer would read them.",
        discussion: """
            Reads committed messages only, joins no group and moves nobody's offsets. Handovers are about people: \
            what this prints is as confidential as the topic.
            """)

    @OptionGroup var settings: SettingsOption

    @Option(name: .long, help: ArgumentHelp("Provider id of the recipient.", valueName: "id"))
    var recipient: String

    @Option(name: .long, help: "Where to begin: earliest or latest.")
    var from = Start.earliest

    @Flag(name: .long, help: "Go on until interrupted instead of ending at the last message.") var follow = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Private key that opens sealed bodies: a JWK, a JWK Set or PEM. Once for each key in use.",
            valueName: "file"))
    var decrypt: [String] = []

    @Flag(name: .long, help: "Print JSON lines.") var json = false

    enum Start: String, ExpressibleByArgument, CaseIterable { case earliest, latest }

    func validate() throws {
        guard ProviderID(recipient) != nil else { throw ValidationError("--recipient \(ProviderID.rule)") }
    }

    func run() throws {
        let settings = try settings.load()
        guard let provider = ProviderID(recipient) else { return }
        let seals = try SealOpener(keyFiles: decrypt)
        let reader = try TopicReader(configuration: settings.kafka, clientName: "throughgate-subscribe")
        try reader.startAll(topics(of: provider, settings), at: from == .earliest ? .earliest : .latest)
        if follow {
            while true { try show(reader.read(max: 1000, timeout: .seconds(1)), seals) }
        }
        var count = 0
        let isComplete = try reader.readToEnd(atMost: .seconds(600)) { record in
            count += 1
            show(record, seals)
        }
        guard isComplete else { throw CommandFailure(.unavailable, "the end of the topic was not reached in 10 min") }
        if !json { Console.note("\(count) messages") }
    }

    /// A provider has one kind and so one topic; which one, the cluster knows without the directory.
    private func topics(of provider: ProviderID, _ settings: Settings) throws -> [String] {
        let topics = Topics(prefix: settings.topicPrefix)
        let possible = Set(RecipientKind.allCases.map { topics.handovers(to: Recipient(kind: $0, provider: provider)) })
        let present = try TopicAdmin(configuration: settings.kafka).topics().map(\.name).filter(possible.contains)
        guard !present.isEmpty else {
            throw CommandFailure(
                .settings, "--recipient: '\(provider)' has no topic; check the id, or run `throughgate topics apply`")
        }
        return present
    }

    private func show(_ events: [ReaderEvent], _ seals: SealOpener) {
        for case .record(let record) in events { show(record, seals) }
    }

    private func show(_ record: KafkaRecord, _ seals: SealOpener) {
        let message = HandoverText(seals.opened(record))
        if json { return Console.say(json: message.json) }
        for line in message.lines { Console.say(line) }
    }
}
