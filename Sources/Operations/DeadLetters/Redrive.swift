import EventContracts
public import ExactlyOnceKafka
import HandoverPipeline
public import HandoverRules
public import Postgres

/// Sending rejected records to the hub again, once their cause is gone: to the partition that they came from, key,
/// value and headers byte for byte, so under the same event id. A record that the hub took after all meanwhile is a
/// duplicate; one that it refuses again is a new dead letter that counts how often it was sent.
///
/// In the order of the partitions, so of each key; one at a time, each noted before the next. The audit has each record
/// before it is sent, and how that ended (``AuditedDeed``). A crash between the broker's receipt and the second entry
/// leaves a record open that was sent: sending it again is harmless.
public struct Redrive: Sendable {
    /// A record is sent again this often at most: what is refused a fourth time will be refused a fifth.
    public static let timesMax = 3
    /// Records of one plan.
    public static let recordsMax = 500
    /// Records a second, when nobody says otherwise: a trickle beside what the hub takes.
    public static let perSecondStandard = 20.0
    /// Counts on the record itself how often it was sent again.
    public static let header = "tg_redrives"

    /// One record of a plan.
    public struct Item: Sendable, Hashable {
        public enum Verdict: Sendable, Hashable {
            case ready
            /// Dealt with already.
            case settled
            /// Sent again ``timesMax`` times.
            case tooOften
            /// A record of the same key lies open before it and is not sent with it.
            case behind(SourcePosition)

            public var words: String {
                switch self {
                case .ready: "ready"
                case .settled: "not open any more"
                case .tooOften: "sent again \(timesMax) times already; correct it at its source, or discard it"
                case .behind(let place): "redrive or discard \(place) first: it has the same key and came before"
                }
            }
        }

        public var record: LedgerView.Rejected
        /// How often it was sent again so far.
        public var redrives: Int
        public var verdict: Verdict
    }

    /// What would be done: the dry run. In the order in which it would be.
    public let items: [Item]
    /// Named places where no rejected record lies.
    public let unknown: [SourcePosition]

    public var ready: [Item] { items.filter { $0.verdict == .ready } }

    /// Plans what the filter finds, from the oldest place on.
    /// - Parameter limit: at most ``recordsMax``.
    public init(_ filter: DeadLetterFilter, limit: Int, on connection: PostgresConnection) throws {
        try self.init(
            connection.query(DeadLetterSQL.selected(filter, limit: min(limit, Redrive.recordsMax))), named: [])
    }

    /// Plans the named records.
    public init(_ places: [SourcePosition], on connection: PostgresConnection) throws {
        let places = Array(Set(places).sorted().prefix(Redrive.recordsMax))
        try self.init(
            connection.query(
                DeadLetterSQL.named(places.map(\.topic), places.map(\.partition), places.map(\.offset))),
            named: places)
    }

    private init(_ rows: PostgresRows, named: [SourcePosition]) throws {
        var ready: Set<SourcePosition> = []
        items = try rows.map { row in
            let record = try LedgerView.rejected(row)
            let redrives = Redrive.times(HeaderBytes.decode(try row.bytes(11)))
            let before: Int64? = try row[12]
            let earlier = before.map { SourcePosition(topic: record.topic, partition: record.partition, offset: $0) }
            let verdict: Item.Verdict
            if record.state != DeadLetterFilter.State.open.rawValue {
                verdict = .settled
            } else if redrives >= Redrive.timesMax {
                verdict = .tooOften
            } else if let earlier, !ready.contains(earlier) {
                verdict = .behind(earlier)
            } else {
                verdict = .ready
                ready.insert(record.place)
            }
            return Item(record: record, redrives: redrives, verdict: verdict)
        }
        let found = Set(items.map(\.record.place))
        unknown = named.filter { !found.contains($0) }
    }

    static func times(_ headers: [KafkaHeader]) -> Int {
        headers.last { $0.name == header }?.value.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
            .map { max(0, $0) } ?? 0
    }
}

extension Redrive {
    /// Sends what is ready, at most so many a second.
    ///
    /// - Parameters:
    ///   - isWanted: asked before each; false ends it between two records.
    ///   - rest: waits that long; so that callers choose how.
    /// - Returns: the places that were sent, in order. What somebody else dealt with meanwhile is left out.
    /// - Throws: at the first record that the broker did not keep, so that nothing overtakes it; what was sent before
    ///   is noted. `KafkaError`, `PostgresError`.
    public func run(
        by actor: String, because reason: String, perSecond: Double = Redrive.perSecondStandard,
        through producer: EventProducer, on connection: PostgresConnection, isWanted: () -> Bool = { true },
        rest: (Duration) -> Void
    ) throws -> [SourcePosition] {
        var sent: [SourcePosition] = []
        for (index, item) in ready.enumerated() {
            guard isWanted() else { break }
            if index > 0 { rest(.seconds(1 / max(perSecond, 0.01))) }
            if try Redrive.send(item, actor, reason, producer, connection) { sent.append(item.record.place) }
        }
        return sent
    }

    private static func send(
        _ item: Item, _ actor: String, _ reason: String, _ producer: EventProducer, _ connection: PostgresConnection
    ) throws -> Bool {
        let place = item.record.place
        let note = AuditNote(
            actor: actor, action: .redrive, object: "\(place)",
            detail: [
                "because": reason, "reason": item.record.reason, "redrives": String(item.redrives + 1),
            ])
        let first = try AuditedDeed.begin(note, on: connection)
        do {
            return try connection.transaction { session in
                guard let row = try session.query(DeadLetterSQL.take(place)).first else { return false }
                var headers = HeaderBytes.decode(try row.bytes(3)).filter { $0.name != header }
                headers.append(KafkaHeader(header, Array(String(item.redrives + 1).utf8)))
                let message = OutboundMessage(
                    topic: place.topic, partition: place.partition, key: try row[1], value: try row[2],
                    headers: headers)
                if case .failed(let error)? = producer.send([message]).first { throw error }
                try DeadLetters.settle(place, .redriven, on: session)
                try AuditBook.append(AuditedDeed.ended(note, first), on: session)
                return true
            }
        } catch {
            let cause = error.postgres ?? error.cause
            _ = try? AuditBook.note(AuditedDeed.failure(note, first, cause), on: connection)
            throw cause
        }
    }
}
