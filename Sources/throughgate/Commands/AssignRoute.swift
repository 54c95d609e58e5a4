import ArgumentParser
import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules
import Operations
import Postgres

/// A person decides who receives a spell's handover where the rules cannot, or should not.
struct AssignRoute: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assign",
        abstract: "Route one spell by hand: name the provider that receives its handover of a scope.",
        discussion: """
            The assignment is preferred to the routing rules for the person's current spell until it is voided by a \
            correction of the event whose id this prints.
            """)

    @OptionGroup var settings: SettingsOption
    @Option(name: .long, help: "The person's prison number.", transform: Reading.pattern) var person: NomsNumber?
    @Option(name: .long, help: "Or the spell, as `tasks list` shows it.", transform: Reading.id) var spell: UUID?
    @Option(name: .long, help: "DRUG_SERVICE, SUPERVISION or CHILD_SERVICE.", transform: Reading.code) var scope:
        ConsentScope
    @Option(name: .long, help: "The provider's id.", transform: Reading.pattern) var provider: Label
    @Option(name: .long, help: "Why, in at most 140 characters; kept, never shown.", transform: Reading.pattern)
    var reason: FreeText
    @Option(
        name: .long, help: "Who approves: a role and an opaque reference, such as ROUTING/7f2.",
        transform: Reading.pattern)
    var approver: StaffReference
    @Flag(name: .long, help: "Print JSON.") var json = false

    func validate() throws {
        guard (person == nil) != (spell == nil) else { throw ValidationError("give --person or --spell") }
    }

    func run() throws {
        let settings = try settings.load()
        let connection = try PostgresConnection(settings.postgres)
        let subject = try subject(connection)
        try checkProvider(connection)
        var assigned = RoutingAssigned()
        assigned.scope = scope
        assigned.provider = provider
        assigned.reason = reason
        assigned.approver = approver
        let event = EventEncoder.decision(
            .routingAssigned(assigned), id: UUID(), subject: subject,
            at: try ReferenceNews.now(settings.clock, on: connection))
        let detail = ["approver": approver.text, "provider": provider.text, "scope": scope.rawValue]
        try AuditedDeed.run(.taskAssign, event.id.uuidString.lowercased(), detail, on: connection) {
            try DecisionSender(settings).send(event)
        }
        TaskText.say(event, json: json)
    }

    private func subject(_ connection: PostgresConnection) throws -> NomsNumber {
        if let spell {
            guard let found = try SpellFinder.subject(of: spell, on: connection) else {
                throw CommandFailure(.badInput, "no spell has this id; `throughgate tasks list --json` shows them")
            }
            return found
        }
        guard let person, try SpellFinder.isKnown(person, on: connection) else {
            throw CommandFailure(.badInput, "the hub has no event of a person with this number; check the number")
        }
        return person
    }

    private func checkProvider(_ connection: PostgresConnection) throws {
        guard let kind = try SpellFinder.kind(of: provider, on: connection) else {
            throw CommandFailure(.badInput, "--provider names no provider; `throughgate import providers` adds one")
        }
        guard let recipient = kind.recipient, Disclosure.scope(of: recipient) == scope else {
            throw CommandFailure(
                .badInput, "--provider is a \(kind.rawValue), which receives no handover of scope \(scope.rawValue)")
        }
    }
}
