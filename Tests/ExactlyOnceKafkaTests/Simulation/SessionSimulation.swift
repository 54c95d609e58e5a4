import BrokerModel
import ExactlyOnceKafka

/// Several instances of a small pipeline on one model cluster, under faults: each record of the inbound topic causes
/// one message on each of two outbound topics, in the transaction that carries its offset. The sessions are the real
/// ones; one thread runs everything, and a seed decides every step, so that the same seed is the same history.
final class SessionSimulation {
    let seed: UInt64
    let cluster = ModelCluster()
    private(set) var trace: [String] = []
    private var random: SplitMix
    private var hubs: [SimulatedHub] = []
    private var sent: [(place: TopicPartition, value: String)] = []
    private var isQuiet = false
    /// How deep a hub's call has let others act: an act inside an act inside an act is enough.
    private var depth = 0

    static let inbound = "in"
    static let outbound = ["out.a", "out.b"]
    static let group = "g"
    private static let partitions = 3

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix(seed: seed)
        cluster.createTopic(SessionSimulation.inbound, partitions: SessionSimulation.partitions)
        for topic in SessionSimulation.outbound { cluster.createTopic(topic, partitions: 2) }
        cluster.onCall = { [unowned self] in interfere($0, $1) }
        hubs = (0..<2 + Int(random.next() % 3)).map { SimulatedHub("hub\($0)", cluster) }
    }

    /// Runs so many steps under faults, then without any until everything is done, and answers what is wrong.
    func run(steps: Int) -> Set<DeliveryChecker.Fault> {
        for _ in 0..<steps { step() }
        isQuiet = true
        note("quiet")
        for _ in 0..<400 where !isDone {
            for hub in hubs {
                hub.isFrozen = false
                hub.act()
            }
            cluster.advance(.seconds(1))
        }
        return SessionJudgement.faults(sent: sent, partitions: SessionSimulation.partitions, on: cluster)
    }

    private var isDone: Bool {
        (0..<SessionSimulation.partitions).allSatisfy { number in
            let place = TopicPartition(SessionSimulation.inbound, Int32(number))
            return cluster.committedOffset(SessionSimulation.group, place) ?? 0 == cluster.reach(place)?.end
        }
    }

    // MARK: Steps

    private func step() {
        switch random.next() % 10 {
        case 0: send()
        case 1: advance()
        case 2 where random.next() % 4 == 0: pick().kill(note)
        case 3 where random.next() % 4 == 0:
            let hub = pick()
            hub.isFrozen.toggle()
            note("\(hub.name) \(hub.isFrozen ? "frozen" : "thawed")")
        default: act(pick())
        }
    }

    private func pick() -> SimulatedHub { hubs[Int(random.next() % UInt64(hubs.count))] }

    private func send() {
        for _ in 0...(random.next() % 4) {
            let (value, key) = ("v\(sent.count)", "k\(random.next() % 5)")
            let message = OutboundMessage(
                topic: SessionSimulation.inbound, key: Array(key.utf8), value: Array(value.utf8))
            if case .kept(let place, _)? = cluster.append(message) { sent.append((place, value)) }
        }
        note("sent \(sent.count)")
    }

    private func advance() {
        let durations: [Duration] = [.milliseconds(50), .seconds(1), .seconds(10), .seconds(31), .seconds(60)]
        let duration = durations[Int(random.next() % UInt64(durations.count))]
        note("\(duration) pass")
        cluster.advance(duration)
    }

    private func act(_ hub: SimulatedHub) {
        guard !hub.isFrozen, !hub.isActing else { return }
        note("\(hub.name) acts")
        if let outcome = hub.act() { note("\(hub.name): \(outcome)") }
    }

    // MARK: Faults

    /// Before any call takes effect: something else may happen first, and the call may go wrong.
    private func interfere(_ client: ModelClient, _ call: ModelCall) -> ModelFault? {
        guard !isQuiet else { return nil }
        if depth < 2, random.next() % 12 == 0 {
            depth += 1
            let caller = hubs.first { $0.client === client }
            if random.next() % 6 == 0 { caller?.kill(note) } else { happenings(while: caller) }
            depth -= 1
        }
        guard random.next() % 14 == 0 else { return nil }
        let fault = fault(of: call)
        if let fault { note("\(client.name) \(call.rawValue): \(fault)") }
        return fault
    }

    /// What happens while one hub stands still in the middle of a call: for a moment, or past every time-out.
    private func happenings(while caller: SimulatedHub?) {
        caller?.isFrozen = true
        note("\(caller?.name ?? "?") stands still")
        // Long enough, now and then, for the group to go on without it.
        let steps = random.next() % 4 == 0 ? random.next() % 60 : random.next() % 6
        for _ in 0...steps { step() }
        caller?.isFrozen = false
        note("\(caller?.name ?? "?") goes on")
    }

    private func fault(of call: ModelCall) -> ModelFault? {
        switch (call, random.next() % 4) {
        case (.poll, _): nil
        case (.produce, _): .refused(SessionSimulation.broken(.init(requiresAbort: true)))
        case (_, 0): .requestLost
        case (.committedOffsets, _), (.initialise, _), (.sendOffsets, _): .answerLost
        case (_, 1): .answerLost
        case (_, 2): .delayed(.milliseconds(Int64(random.next() % 40_000)))
        default: .refused(SessionSimulation.broken(.init(isFatal: true)))
        }
    }

    private static func broken(_ flags: KafkaError.Flags) -> KafkaError {
        KafkaError(code: "_TRANSPORT", flags: flags, place: "fault", message: "")
    }

    private func note(_ what: String) { trace.append(what) }
}
