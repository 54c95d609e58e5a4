import ArgumentParser
import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline

/// Validates events, then produces them.
struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish JSON lines of events, each a CloudEvent or an HMPPS domain event.",
        discussion: """
            Every line is judged by the decoder that the hub uses. If one line is bad, nothing is sent and the exit \
            code is 65. What is sent is kept by all in-sync replicas when this returns; sending a file twice does no \
            harm, because events have ids. With --json the judgement of every line is printed, one object a line.
            """)

    @OptionGroup var settings: SettingsOption

    @Flag(name: .long, help: "Only judge the lines; needs no server.") var check = false

    @Flag(name: .long, help: "Print the judgement of every line, and what was sent, as JSON.") var json = false

    @Argument(help: "A file of JSON lines, or - for standard input.")
    var file: String

    /// Lines of one call; more are split into files by whoever has them.
    private static let bytesMax = 512 << 20
    /// Bad lines named one by one.
    private static let problemsNamedMax = 100
    /// Messages in flight at once.
    private static let chunk = 5_000

    func run() throws {
        let settings = try settings.load()
        let topics = Topics(prefix: settings.topicPrefix)
        let records = try judged(topics)
        if check { return json ? () : Console.say("\(records.count) events are good") }
        guard !records.isEmpty else { return json ? () : Console.say("nothing to publish") }
        try requireTopics(Set(records.map(\.topic)), settings)
        let producer = try EventProducer(
            configuration: settings.kafka,
            clientName: "throughgate-publish-\(ProcessInfo.processInfo.processIdentifier)")
        defer { producer.close() }
        try send(records, producer)
    }

    private func judged(_ topics: Topics) throws -> [OutboundRecord] {
        let input = try InputFile(file)
        let lines = PublishedLines(topics: topics)
        let clock = ReceiptClock.system(now: Wall.now())
        var splitter = LineSplitter()
        var records: [OutboundRecord] = []
        var bad = 0
        var bytes = 0
        func judge(_ line: [UInt8], _ number: Int) {
            let judged = lines.read(line, number: number, clock: clock)
            if json, let said = JudgementText.json(judged) { Console.say(json: said) }
            switch judged.outcome {
            case .record(let record): records.append(record)
            case .blank: break
            case .problem(let rejection):
                bad += 1
                if !json, bad <= PublishCommand.problemsNamedMax {
                    Console.note("line \(number): \(rejection.reason.rawValue) \(rejection.detail)")
                }
            }
        }
        while let chunk = try input.chunk() {
            bytes += chunk.count
            guard bytes <= PublishCommand.bytesMax else {
                throw CommandFailure(.badInput, "\(file): more than 512 MiB; split it. Nothing was sent")
            }
            splitter.feed(chunk, judge)
        }
        splitter.finish(judge)
        guard bad == 0 else {
            throw CommandFailure(
                .badInput, "\(file): \(bad) of \(records.count + bad) events are bad; nothing was sent")
        }
        return records
    }

    private func requireTopics(_ wanted: Set<String>, _ settings: Settings) throws {
        let present = Set(try TopicAdmin(configuration: settings.kafka).topics().map(\.name))
        if let missing = wanted.subtracting(present).sorted().first {
            throw CommandFailure(.settings, "topic \(missing) does not exist; run `throughgate topics apply`")
        }
    }

    private func send(_ records: [OutboundRecord], _ producer: EventProducer) throws {
        var kept: [String: Int] = [:]
        for start in stride(from: 0, to: records.count, by: PublishCommand.chunk) {
            let part = records[start..<min(start + PublishCommand.chunk, records.count)]
            let deliveries = producer.send(part.map(OutboundMessage.init))
            for (record, delivery) in zip(part, deliveries) {
                if case .kept = delivery { kept[record.topic, default: 0] += 1 }
            }
            for case .failed(let error) in deliveries {
                let count = kept.values.reduce(0, +)
                let failure = CommandFailure(error)
                Console.note("\(count) of \(records.count) events were kept; sending the file again does no harm")
                throw failure
            }
            Console.progress("\(start + part.count) of \(records.count) sent")
        }
        Console.progress("")
        if json { return Console.say(json: JudgementText.json(kept: kept)) }
        for (topic, count) in kept.sorted(by: { $0.key < $1.key }) { Console.say("\(count) to \(topic)") }
        Console.say("\(records.count) events published")
    }
}
