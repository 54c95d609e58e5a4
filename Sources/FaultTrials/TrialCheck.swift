/// After a run: whether every input has exactly its outputs or one rejection, and whether Kafka holds what the ledger
/// says, to the byte. Pure; each kind of fault has a test that plants it.
public struct TrialCheck: Sendable {
    /// A record as it lies on an inbound topic.
    public struct Input: Sendable {
        /// `topic/partition/offset`.
        public var place: String
        /// The id of the event in it; nil where it cannot be read.
        public var id: String?
        /// Why it must be refused, by whoever published it; nil: it must be taken.
        public var refusal: String?

        public init(place: String, id: String?, refusal: String?) {
            (self.place, self.id, self.refusal) = (place, id, refusal)
        }
    }

    /// A message of the ledger or of an outbound topic, in order.
    public struct Output: Sendable, Hashable {
        /// Handover or task.
        public var stream: String
        public var version: Int
        public var body: [UInt8]
        var id: String { "\(stream)/\(version)" }

        public init(stream: String, version: Int, body: [UInt8]) {
            (self.stream, self.version, self.body) = (stream, version, body)
        }

        /// Of a record's `ce_id`, `STREAM/VERSION`.
        public init(id: String, body: [UInt8]) {
            let parts = id.split(separator: "/")
            self.init(
                stream: String(parts.first ?? ""), version: parts.last.flatMap { Int($0) } ?? 0, body: body)
        }
    }

    public enum Fault: Sendable, Hashable {
        /// Neither recorded nor refused, though the group's offset may have passed it.
        case inputLost(String)
        /// Both recorded and refused at its place.
        case inputTwice(String)
        /// Refused with this reason, and nothing was wrong with it.
        case wronglyRefused(String, String)
        /// Taken, or refused otherwise, though it must be refused with this reason.
        case wronglyTaken(String, String)
        /// The ledger refused it and no dead letter says so, or more than one.
        case deadLetters(String, Int)
        /// Decided, and no reader saw it.
        case lost(String)
        case duplicated(String)
        /// Seen, and nobody decided it.
        case unknown(String)
        /// Seen with other bytes than were decided.
        case altered(String)
        /// A later version of a stream was seen before an earlier one.
        case reordered(String)
    }

    /// Places of events, and all their ids.
    public var recordedAt: Set<String> = []
    public var recorded: Set<String> = []
    /// Reason by place.
    public var refused: [String: String] = [:]
    /// Dead letters by place.
    public var letters: [String: Int] = [:]
    public var inputs: [Input] = []
    public var decided: [Output] = []
    public var seen: [Output] = []

    public init() {}

    public var faults: Set<Fault> { inputFaults.union(letterFaults).union(outputFaults) }

    private var inputFaults: Set<Fault> {
        var faults: Set<Fault> = []
        for input in inputs {
            let isAtHome = recordedAt.contains(input.place)
            let reason = refused[input.place]
            if isAtHome, reason != nil { faults.insert(.inputTwice(input.place)) }
            if let refusal = input.refusal {
                if reason != refusal { faults.insert(.wronglyTaken(input.place, refusal)) }
            } else if let reason {
                faults.insert(.wronglyRefused(input.place, reason))
            } else if !isAtHome, input.id.map({ !recorded.contains($0) }) ?? true {
                faults.insert(.inputLost(input.place))
            }
        }
        return faults
    }

    private var letterFaults: Set<Fault> {
        let places = Set(refused.keys).union(letters.keys)
        return Set(places.filter { refused[$0] == nil || letters[$0] != 1 }.map { .deadLetters($0, letters[$0] ?? 0) })
    }

    private var outputFaults: Set<Fault> {
        var faults: Set<Fault> = []
        let expected = Dictionary(decided.map { ($0.id, $0) }) { first, _ in first }
        var met: Set<String> = []
        var last: [String: Int] = [:]
        for message in seen {
            if !met.insert(message.id).inserted { faults.insert(.duplicated(message.id)) }
            guard let decision = expected[message.id] else {
                faults.insert(.unknown(message.id))
                continue
            }
            if decision.body != message.body { faults.insert(.altered(message.id)) }
            if message.version <= last[message.stream] ?? 0 { faults.insert(.reordered(message.id)) }
            last[message.stream] = max(last[message.stream] ?? 0, message.version)
        }
        for id in expected.keys where !met.contains(id) { faults.insert(.lost(id)) }
        return faults
    }
}
