import ArgumentParser
import EventContracts
import ExactlyOnceKafka
import HandoverPipeline

/// The topics of the hub: what there should be, and making it.
struct TopicsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics",
        abstract: "Plan or create the topics: inbound, the hub's own, and one per recipient in the directory.",
        subcommands: [Plan.self, Apply.self])

    struct Plan: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the topics, what is missing, and the ACLs each principal needs. Changes nothing.")

        @OptionGroup var settings: SettingsOption
        @OptionGroup var layout: LayoutOptions
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let survey = try TopicSurvey(settings.load(), inboundPartitions: layout.partitions)
            if json { return Console.say(json: survey.json()) }
            for line in survey.table() { Console.say(line) }
            Console.say()
            Console.say("# ACLs, where the cluster has an authorizer. Replace the names after User: by your own.")
            for line in survey.accessCommands() { Console.say(line) }
        }
    }

    struct Apply: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create what is missing. What exists is left as it is, and named where it differs.")

        @OptionGroup var settings: SettingsOption
        @OptionGroup var layout: LayoutOptions
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let settings = try settings.load()
            let survey = try TopicSurvey(settings, inboundPartitions: layout.partitions)
            let missing = survey.entries.filter { $0.state == .missing }.map(\.plan)
            let results = try TopicAdmin(configuration: settings.kafka).create(missing)
            for plan in missing {
                guard case .failed(let error)? = results[plan.name] else { continue }
                throw CommandFailure(error)
            }
            let made = results.filter { $0.value == .done }.keys.sorted()
            if json { return Console.say(json: survey.json(made: made)) }
            for name in made { Console.say("created \(name)") }
            for entry in survey.entries where entry.state.isDifferent {
                Console.note("\(entry.plan.name): \(entry.state.text), planned \(entry.plan.partitions); left as it is")
            }
            Console.say("\(made.count) created, \(survey.entries.count - made.count) were there")
        }
    }
}

struct LayoutOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Partitions of each inbound topic; all have the same number.", valueName: "n"))
    var partitions = TopicLayout.inboundPartitionsDefault

    func validate() throws {
        guard (1...1000).contains(partitions) else { throw ValidationError("--partitions must be 1 to 1000") }
    }
}
