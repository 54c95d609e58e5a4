import SyntheticEstate

/// What is done to real processes, when: a pure function of a seed, so that a run can be repeated. (What the processes
/// are doing at that moment is the machine's; only the schedule repeats.)
///
/// Two tracks run beside each other: one deals with a hub at a time, the other with the servers and the network, so
/// that hubs are killed while servers are away. Each deals its kinds from a shuffled deck, so none is left out for
/// long.
public struct FaultSchedule: Sendable, Equatable {
    public enum Kind: String, CaseIterable, Sendable {
        /// SIGKILL to a hub, and its start under the same name.
        case hubKilled
        /// SIGSTOP to a hub and SIGCONT.
        case hubFrozen
        /// Every connection of the hubs to PostgreSQL ended by pg_terminate_backend.
        case backendsTerminated
        /// Postmaster and backends killed, and the server started again: it recovers from its log.
        case postgresKilled
        /// SIGSTOP to every process of PostgreSQL.
        case postgresFrozen
        /// No byte free on PostgreSQL's volume.
        case diskFull
        case brokerFrozen
        /// Ended in good order and started again; the local broker keeps its data.
        case brokerRestarted
        /// Connections of one hub to the broker break, and new ones too.
        case networkCut
        /// Nothing comes through between one hub and the broker; connections stay.
        case networkSilent
        /// Each request and answer of one hub takes 150 ms longer.
        case networkSlow

        /// Whether it happens to one hub.
        public var concernsHub: Bool {
            switch self {
            case .hubKilled, .hubFrozen, .networkCut, .networkSilent, .networkSlow: true
            default: false
            }
        }
    }

    public struct Fault: Sendable, Equatable {
        public var kind: Kind
        /// Seconds after the start.
        public var at: Double
        /// Until it is mended.
        public var seconds: Double
        /// Which hub, from 0; 0 where it concerns none.
        public var hub: Int

        public var text: String {
            let whom = kind.concernsHub ? " \(hub + 1)" : ""
            return "\(FaultSchedule.tenths(at)) s: \(kind.rawValue)\(whom) for \(FaultSchedule.tenths(seconds)) s"
        }
    }

    /// In the order of their beginnings.
    public let faults: [Fault]

    /// - Parameters:
    ///   - seconds: every fault is mended by then.
    ///   - sessionSeconds: from runs of five minutes on, some hubs are frozen for longer than this.
    public init(seed: UInt64, seconds: Double, hubs: Int, kinds: Set<Kind>, sessionSeconds: Double = 46) {
        var chance = Chance(seed: seed)
        let ofHubs = [Kind.hubKilled, .hubKilled, .hubFrozen].filter(kinds.contains)
        let ofServers = Kind.allCases.filter { kinds.contains($0) && ![.hubKilled, .hubFrozen].contains($0) }
        let isLong = seconds >= 300
        var all: [Fault] = []
        for track in [ofHubs, ofServers] where !track.isEmpty {
            var at = 1 + chance.fraction() * 2
            var deck: [Kind] = []
            while true {
                if deck.isEmpty { deck = chance.shuffled(track) }
                let kind = deck.removeLast()
                var length = 0.2 + chance.fraction() * chance.fraction() * (isLong ? 12 : 5)
                if kind == .hubFrozen, isLong, chance.fraction() < 0.25 {
                    length = sessionSeconds + chance.fraction() * 10
                }
                guard at + length < seconds else { break }
                all.append(Fault(kind: kind, at: at, seconds: length, hub: kind.concernsHub ? chance.below(hubs) : 0))
                at += length + 0.3 + chance.fraction() * (isLong ? 5 : 2)
            }
        }
        faults = all.sorted { $0.at < $1.at }
    }

    static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

/// What is drawn of a seed; defined down to the bit, as the standard library's drawing is not.
private struct Chance {
    private var source: SplitMix64

    init(seed: UInt64) { source = SplitMix64(seed: seed) }

    mutating func below(_ bound: Int) -> Int { Int(source.next().multipliedFullWidth(by: UInt64(max(1, bound))).high) }
    mutating func fraction() -> Double { Double(source.next() >> 11) * 0x1p-53 }

    mutating func shuffled<T>(_ values: [T]) -> [T] {
        var values = values
        for index in values.indices.reversed() { values.swapAt(index, below(index + 1)) }
        return values
    }
}
