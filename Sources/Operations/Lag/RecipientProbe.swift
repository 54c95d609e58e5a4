public import EventContracts
public import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
public import Postgres

/// Asks the cluster what recipients that read their topics over Kafka have not fetched, by what their groups have
/// committed. A recipient's groups begin with its id, as the ACLs that `topics plan` prints give it; of several the one
/// that is furthest counts. Where the hub may not see groups, or a recipient has none, it is not known.
///
/// Blocking; one thread at a time. Joins nothing and moves nothing.
public final class RecipientProbe {
    private let topics: Topics
    private let admin: TopicAdmin
    private let reader: TopicReader
    private let recipientsMax: Int
    private let groupsMax: Int

    /// - Parameters:
    ///   - recipientsMax: asked for in one measurement, by their ids; of those beyond it nothing is known.
    ///   - groupsMax: of one recipient, by name; those beyond it are not looked at.
    public init(
        configuration: KafkaConfiguration, topics: Topics, recipientsMax: Int = LagLimits.recipientsMax,
        groupsMax: Int = LagLimits.groupsMax
    ) throws {
        self.topics = topics
        self.recipientsMax = recipientsMax
        self.groupsMax = groupsMax
        admin = try TopicAdmin(configuration: configuration, clientName: "throughgate-recipients")
        reader = try TopicReader(configuration: configuration, clientName: "throughgate-recipients")
    }

    /// Longest waiting first, then those of whom nothing is known.
    ///
    /// - Parameter others: recipients that fetch by another door: without a group they are no readers of Kafka.
    public func measure(except others: Set<String>, on connection: PostgresConnection) throws -> [RecipientLag] {
        var own: [String: [TopicPartition]] = [:]
        for topic in try admin.topics() {
            guard let recipient = topics.recipient(of: topic.name) else { continue }
            own[recipient, default: []] += (0..<Int32(topic.partitions)).map { TopicPartition(topic.name, $0) }
        }
        let groups = try? RecipientProbe.byRecipient(admin.groups(), Set(own.keys))
        var rows: [RecipientLag] = []
        let deadline = ContinuousClock.now + .seconds(LagLimits.recipientsSeconds)
        var asked = 0
        for (recipient, places) in own.sorted(by: { $0.key < $1.key }) {
            let named = groups?[recipient] ?? []
            guard !named.isEmpty || !others.contains(recipient) else { continue }
            let isBeyond = asked >= recipientsMax || ContinuousClock.now > deadline
            if !named.isEmpty { asked += 1 }
            let positions = isBeyond ? nil : try? position(of: named.sorted().prefix(groupsMax), places)
            guard let positions, !positions.isEmpty, let row = try? row(recipient, positions, connection) else {
                rows.append(.unknown(recipient))
                continue
            }
            rows.append(row)
        }
        func order(_ row: RecipientLag) -> (Int, Int64) { (row.isKnown ? 0 : 1, row.oldest?.microseconds ?? .max) }
        return rows.sorted { order($0) < order($1) }
    }

    /// A group belongs to the recipient whose id it begins with, the longest where several fit.
    public static func byRecipient(_ groups: [String], _ recipients: Set<String>) -> [String: [String]] {
        var found: [String: [String]] = [:]
        for group in groups {
            let fitting = recipients.filter { group.hasPrefix($0) }
            guard let owner = fitting.max(by: { $0.utf8.count < $1.utf8.count }) else { continue }
            found[owner, default: []].append(group)
        }
        return found
    }

    /// The furthest commit of each partition; none where no group has committed anything.
    private func position(
        of groups: some Sequence<String>, _ places: [TopicPartition]
    ) throws -> [TopicPartition: Int64] {
        var positions: [TopicPartition: Int64] = [:]
        for group in groups {
            for case (let place, let offset?) in try admin.committed(of: group, places) {
                positions[place] = max(positions[place] ?? 0, offset)
            }
        }
        return positions
    }

    private func row(
        _ recipient: String, _ positions: [TopicPartition: Int64], _ connection: PostgresConnection
    ) throws -> RecipientLag {
        defer { reader.stop() }
        let ends = try reader.watermarks(Array(positions.keys))
        let behind = positions.filter { $0.value < ends[$0.key]?.end ?? 0 }
        var row = RecipientLag(recipient: recipient, door: .kafka, handovers: 0, people: 0, oldest: nil)
        guard !behind.isEmpty else { return row }
        var streams: Set<UUID> = []
        try reader.start(behind.mapValues { .offset($0) })
        var open = Set(behind.keys)
        let deadline = ContinuousClock.now + .seconds(1)
        while !open.isEmpty, row.handovers < RecipientLag.countedMax, ContinuousClock.now < deadline {
            for event in try reader.read(max: 200, timeout: .milliseconds(200)) {
                switch event {
                case .endOfPartition(let place, _): open.remove(place)
                case .record(let record):
                    row.handovers += 1
                    let at = Instant(milliseconds: record.timestampMilliseconds)
                    row.oldest = min(row.oldest ?? at, at)
                    if let id = record.key.flatMap({ UUID(uuidString: String(decoding: $0, as: UTF8.self)) }) {
                        streams.insert(id)
                    }
                }
            }
        }
        row.people = try RecipientLag.people(of: streams.sorted(), on: connection)
        return row
    }
}

extension RecipientLag {
    /// A reader of Kafka of whom the cluster does not say how far it is.
    static func unknown(_ recipient: String) -> RecipientLag {
        var row = RecipientLag(recipient: recipient, door: .kafka, handovers: 0, people: 0, oldest: nil)
        row.isKnown = false
        return row
    }

    static func people(of streams: [UUID], on connection: PostgresConnection) throws -> Int {
        try connection.query(
            .named(
                "lag.kafkaPeople",
                "select count(distinct subject) from message where stream_id = any(\(streams)) and version = 1")
        ).only()[0]
    }
}
