/// Compares what read_committed readers saw with what the ledger says was decided. Pure; each kind of fault has a
/// test that plants it.
struct DeliveryChecker {
    /// A message as the ledger has it.
    struct Decided: Hashable {
        var stream: String
        var version: Int
        var body: [UInt8]
    }

    /// A message as a reader saw it, in reading order.
    struct Seen: Hashable {
        var id: String
        var stream: String
        var version: Int
        var body: [UInt8]
    }

    enum Fault: Hashable {
        /// Decided, and no reader saw it.
        case lost(String)
        /// Seen more than once.
        case duplicated(String)
        /// Seen, and nobody decided it.
        case unknown(String)
        /// Seen with other bytes than were decided.
        case altered(String)
        /// A later version was seen before an earlier one.
        case reordered(String)
    }

    static func faults(decided: [Decided], seen: [Seen]) -> Set<Fault> {
        var faults: Set<Fault> = []
        let expected = Dictionary(uniqueKeysWithValues: decided.map { ("\($0.stream)/\($0.version)", $0) })
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
