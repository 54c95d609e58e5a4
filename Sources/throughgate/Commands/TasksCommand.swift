import ArgumentParser
import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules
import Operations
import Postgres

/// What people are asked to do, and their answers.
struct TasksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks",
        abstract: "Look at what people are asked to do, route a person by hand, say that a task is done.",
        discussion: """
            An answer is an event on hub.decisions: the hub records it and decides again. `throughgate explain` tells \
            what came of it.
            """,
        subcommands: [List.self, AssignRoute.self, Resolve.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List tasks, those due first at the top: ids and codes, nothing of the person.")

        @OptionGroup var settings: SettingsOption
        @Flag(name: .long, help: "Only open ones (the default).") var open = false
        @Flag(name: .long, help: "Also closed ones.") var all = false
        @Option(name: .long, help: "Only those of this prison, such as MDI.", transform: Reading.pattern)
        var prison: PrisonID?
        @Option(name: .long, help: "Only this code, such as HUMAN_QUEUE.") var code: String?
        @Flag(name: .long, help: "Print JSON.") var json = false

        func validate() throws {
            guard !(open && all) else { throw ValidationError("--open and --all exclude each other") }
        }

        func run() throws {
            let connection = try PostgresConnection(settings.load().postgres)
            let tasks = try TaskBoard.list(on: connection, isAll: all, prison: prison, code: code)
            if json { return Console.say(json: TaskBoard.json(tasks)) }
            for task in tasks { Console.say(TaskText.line(task)) }
            Console.note("\(tasks.count) " + (all ? "tasks" : "open tasks"))
        }
    }

    struct Resolve: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say how a task ended.")

        @OptionGroup var settings: SettingsOption
        @Argument(help: "The task's id, as `list` shows it.", transform: Reading.id) var task: UUID
        @Option(name: .long, help: "DONE, NOT_NEEDED or PASSED_ON.", transform: Reading.code) var outcome: TaskOutcome
        @Option(
            name: .long, help: "Who says so: a role and an opaque reference, such as THN_LEAD/7f2.",
            transform: Reading.pattern)
        var by: StaffReference
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let settings = try settings.load()
            let connection = try PostgresConnection(settings.postgres)
            guard let (found, subject) = try TaskBoard.task(task, on: connection) else {
                throw CommandFailure(.badInput, "no task has this id; `throughgate tasks list --all` shows them")
            }
            guard found.isOpen else {
                throw CommandFailure(
                    .badInput, "the task is closed already (\(found.outcome ?? "its cause ended")); nothing was sent")
            }
            var resolved = TaskResolved()
            resolved.task = Label(unchecked: task.uuidString.lowercased())
            resolved.outcome = outcome
            resolved.by = by
            let event = EventEncoder.decision(
                .taskResolved(resolved), id: UUID(), subject: subject ?? .blank,
                at: try ReferenceNews.now(settings.clock, on: connection))
            let detail = ["by": by.text, "outcome": outcome.rawValue]
            try AuditedDeed.run(.taskResolve, task.uuidString.lowercased(), detail, on: connection) {
                try DecisionSender(settings).send(event)
            }
            TaskText.say(event, json: json)
        }
    }
}
