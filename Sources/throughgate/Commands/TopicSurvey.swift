import EventContracts
import ExactlyOnceKafka
import HandoverPipeline
import HandoverRules
import Postgres

/// The topics there should be, from the provider directory and the prisons, beside those there are.
struct TopicSurvey {
    enum State: Equatable {
        case present
        case missing
        case differs(partitions: Int)

        var isDifferent: Bool { if case .differs = self { true } else { false } }
        var text: String {
            switch self {
            case .present: "present"
            case .missing: "missing"
            case .differs(let count): "has \(count) partitions"
            }
        }
    }

    struct Entry {
        let plan: TopicPlan
        let state: State
    }

    let entries: [Entry]
    let topics: Topics
    let recipients: [Recipient]
    let prisons: [PrisonID]
    private let settings: Settings

    init(_ settings: Settings, inboundPartitions: Int) throws {
        self.settings = settings
        topics = Topics(prefix: settings.topicPrefix)
        let connection = try PostgresConnection(settings.postgres)
        let registers = try TopicSurvey.registers(connection)
        recipients = registers.providers.values.compactMap(Recipient.init).sorted { $0.provider < $1.provider }
        prisons = registers.prisons.values.filter { $0.onboardedFrom != nil }.map(\.id).sorted()
        let own = topics
        let names = recipients.map { own.handovers(to: $0) } + prisons.map { own.tasks(of: $0) }
        let canary = settings.canaryEvery == nil ? [] : [TopicLayout.canary(topics)]
        let plans = TopicLayout.plans(topics, inboundPartitions: inboundPartitions, recipients: names) + canary
        let found = try TopicAdmin(configuration: settings.kafka).topics()
        let present = Dictionary(found.map { ($0.name, $0.partitions) }) { first, _ in first }
        entries = plans.map { plan in
            guard let count = present[plan.name], count > 0 else { return Entry(plan: plan, state: .missing) }
            return Entry(plan: plan, state: count == plan.partitions ? .present : .differs(partitions: count))
        }
    }

    static func registers(_ connection: PostgresConnection) throws -> Registers {
        guard try Migrator(LedgerMigrations.all).status(on: connection).isCurrent else {
            throw CommandFailure(.settings, "postgres.url: the schema is not this program's; run `throughgate migrate`")
        }
        return try RegisterTables.load { try connection.query($0) }
    }

    func table() -> [String] {
        let width = entries.map(\.plan.name.count).max() ?? 0
        return entries.map { entry in
            let settings = entry.plan.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return Text.row([
                Text.padded(entry.plan.name, width), Text.padded("\(entry.plan.partitions)", 4),
                Text.padded(entry.state.text, 18), settings.joined(separator: " "),
            ])
        }
    }

    func json(made: [String] = []) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("topics")
        writer.beginArray()
        for entry in entries {
            writer.beginObject()
            writer.name("name")
            writer.string(entry.plan.name)
            writer.name("partitions")
            writer.int(Int64(entry.plan.partitions))
            writer.name("state")
            writer.string(made.contains(entry.plan.name) ? "created" : entry.state.text)
            writer.name("settings")
            writer.beginObject()
            for (key, value) in entry.plan.settings.sorted(by: { $0.key < $1.key }) {
                writer.name(key)
                writer.string(value)
            }
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
        writer.name("acls")
        writer.beginArray()
        for line in accessCommands() where !line.hasPrefix("#") { writer.string(line) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    func accessCommands() -> [String] {
        AccessList(settings: settings, topics: topics, recipients: recipients, prisons: prisons).commands()
    }
}

extension Recipient {
    /// Who of the directory gets handovers, and as what; commissioners and health units have none yet.
    init?(_ provider: Provider) {
        let kind: RecipientKind
        switch provider.kind {
        case .drugService: kind = .drugService
        case .youngPeopleDrugService: kind = .youngPeopleDrugService
        case .crc, .npsDivision, .probationRegion: kind = .supervision
        case .youthJustice: kind = .youthJustice
        case .healthUnit, .commissioner: return nil
        }
        self.init(kind: kind, provider: provider.id)
    }
}
