import BrokerModel
import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules

/// Several hubs on one broker model and one ledger, under faults: the real stages, recorder, leases and sessions. One
/// thread runs everything, time is the model's, and a seed decides every step: the same seed is the same history.
final class PipelineSimulation {
    let seed: UInt64
    let cluster = ModelCluster()
    let ledger: any SimulatedLedger
    let topics = Topics()
    private(set) var trace: [String] = []
    /// Faults that happened, each with the call it happened at.
    private(set) var happened: Set<String> = []
    private(set) var estate: SimulatedEstate
    private(set) var hubs: [SimulatedProcess] = []
    private var random: SplitMix
    private var isQuiet = false
    private var generation = 0
    /// Which process was frozen, and the group's generation then, by instance.
    private var frozen: [String: (client: ModelClient, generation: Int)] = [:]
    /// Messages that readers saw before the faults ended.
    private(set) var saidUnderFaults = 0
    private var isNasalStocked = true
    /// The model's state at some moment of the run.
    private(set) var backup: ModelLedger.Backup?
    /// How deep a hub's call has let others act: an act inside an act inside an act is enough.
    private var depth = 0
    /// Whether constraints may refuse what is sound, and topics be unwritable: what comes of it is not one story.
    let isHarsh: Bool
    /// Calls between which everything must hold together: more happens there.
    private static let critical: Set<String> = ["produce", "sendOffsets", "commit", "write", "enter"]
    static let partitions = 2
    static let group = "throughgate"

    init(seed: UInt64, ledger: any SimulatedLedger, planted: PlantedBrokerFault? = nil) throws {
        self.seed = seed
        self.ledger = ledger
        random = SplitMix(seed: seed)
        isHarsh = random.isOne(in: 4)
        estate = try SimulatedEstate(
            people: 3 + random.below(4), seed: seed, topics: topics,
            now: Instant(milliseconds: cluster.milliseconds))
        for topic in topics.inbound { cluster.createTopic(topic, partitions: PipelineSimulation.partitions) }
        for topic in outbound { cluster.createTopic(topic, partitions: 1) }
        try ledger.fill(estate)
        ledger.stepped.now = { [cluster] in Instant(milliseconds: cluster.milliseconds) }
        ledger.stepped.onCall = { [unowned self] in interfere($0, $1) }
        cluster.onCall = { [unowned self] in interfere($0, $1) }
        hubs = (0..<2 + random.below(3)).map { number in
            SimulatedProcess("hub\(number)", cluster, ledger.stepped, estate.rules, planted) { [unowned self] in
                note($0)
            }
        }
    }

    var outbound: [String] {
        [
            "handover.drug-service.prov-leeds", "handover.supervision.ps-yh", topics.hubTasks, topics.rejected,
            topics.tasks(of: PrisonID(unchecked: "MDI")), topics.tasks(of: PrisonID(unchecked: "LEI")),
        ]
    }

    var sources: [TopicPartition] {
        topics.inbound.flatMap { topic in
            (0..<PipelineSimulation.partitions).map { TopicPartition(topic, Int32($0)) }
        }
    }

    /// Runs so many steps under faults, then without any until everything is done.
    func run(steps: Int) throws {
        for number in 0..<steps {
            if number == steps / 3 { backup = (ledger as? SimulatedModelLedger)?.model.backup() }
            try step()
            let now = cluster.generation(of: PipelineSimulation.group)
            // Not those with which the instances begin.
            if number > steps / 4, now > generation { happened.insert("rebalance") }
            generation = now
        }
        saidUnderFaults = visible.count
        try settle()
        try noteScenarios()
    }

    /// What only the end shows.
    private func noteScenarios() throws {
        happened.insert("\(hubs.count) instances")
        let streams = Dictionary(grouping: try ledger.sight().said) { $0.id.prefix { $0 != "/" } }
        let isSpread = streams.values.contains { versions in
            Set(versions.map { TopicPartition($0.position.topic, $0.position.partition) }).count > 1
        }
        if isSpread { happened.insert("versions of one handover caused on different partitions") }
    }

    /// No more faults; everything that is published is done with, or as much of it as can be.
    func settle(rounds: Int = 400) throws {
        publishEverything()
        for _ in 0..<rounds where !isDone {
            for hub in hubs {
                hub.isFrozen = false
                for stage in SteppedHub.Stage.allCases { hub.act(stage) }
            }
            cluster.advance(.seconds(1))
        }
    }

    /// All that is left, without faults from now on.
    func publishEverything() {
        isQuiet = true
        note("quiet")
        while publishNext() {}
    }

    /// The next event of the story; false when there is none.
    @discardableResult
    func publishNext() -> Bool { estate.next().map { cluster.append($0) } != nil }

    /// Ends every process.
    func endAll(_ end: (SimulatedProcess) -> Void) {
        hubs.forEach(end)
        cluster.advance(.seconds(120))
    }

    private var isDone: Bool {
        let isCommitted = sources.allSatisfy { place in
            cluster.committedOffset(PipelineSimulation.group, place) ?? 0 == cluster.reach(place)?.end
        }
        guard isCommitted else { return false }
        // A release that is held is told by a timer soon.
        let soon = Instant(milliseconds: cluster.milliseconds) + estate.rules.releaseHold
        guard let sight = try? ledger.sight() else { return false }
        return sight.timersDue.allSatisfy { $0 > soon } && sight.said.allSatisfy { !$0.isHeld }
    }

    // MARK: Steps

    private func step() throws {
        switch random.below(24) {
        case 0, 1: publish()
        case 2: advance()
        case 3 where random.isOne(in: 6): kill(pick())
        case 4 where random.isOne(in: 4):
            let hub = pick()
            hub.isFrozen ? thaw(hub, "rest") : freeze(hub)
            note("\(hub.name) \(hub.isFrozen ? "frozen" : "thawed")")
        case 5 where random.isOne(in: 3): try changeReference()
        case 6, 7: pick().act(.timers)
        default:
            let stages: [SteppedHub.Stage] = [.intake, .record, .publish], hub = pick()
            for _ in 0...random.below(8) { hub.act(stages[random.below(3)]) }
        }
    }

    private func pick() -> SimulatedProcess { hubs[random.below(hubs.count)] }

    private func freeze(_ hub: SimulatedProcess) {
        hub.isFrozen = true
        frozen[hub.name] = hub.client.map { ($0, cluster.generation(of: PipelineSimulation.group)) }
    }

    private func thaw(_ hub: SimulatedProcess, _ call: String) {
        hub.isFrozen = false
        guard let then = frozen.removeValue(forKey: hub.name), then.client === hub.client else { return }
        if cluster.generation(of: PipelineSimulation.group) > then.generation {
            happened.insert("zombie resumes at \(call)")
        }
    }

    private func kill(_ hub: SimulatedProcess) {
        guard hub.client != nil else { return }
        happened.insert("kill")
        hub.kill("killed")
    }

    private func publish() {
        for _ in 0...random.below(5) {
            guard let message = estate.next() else { return }
            cluster.append(message)
        }
        note("published; \(estate.messages.count) left")
    }

    private func advance() {
        let durations: [Duration] = [
            .milliseconds(50), .milliseconds(400), .seconds(1), .seconds(4), .seconds(10), .seconds(31), .seconds(60),
            .seconds(3_600),
        ]
        let duration = durations[random.below(durations.count)]
        note("\(duration) pass")
        cluster.advance(duration)
    }

    private func changeReference() throws {
        isNasalStocked.toggle()
        happened.insert("reference data changed")
        let recorded = try ledger.sight().recordedThrough
        let isBetween = recorded.contains { place, offset in
            cluster.committedOffset(PipelineSimulation.group, place) ?? 0 <= offset
        }
        if isBetween { happened.insert("reference data changed between record and publish") }
        note("reference data changed")
        try ledger.change(isNasalStocked: isNasalStocked, estate.rules)
    }

    // MARK: Faults

    /// Before any call at the ledger: something else may happen first, and the call may go wrong.
    private func interfere(_ instance: String, _ call: SteppedLedger.Call) -> SteppedLedger.Fault? {
        guard !isQuiet else { return nil }
        let caller = hubs.first { $0.name == instance }
        meanwhile(caller, call.rawValue)
        guard random.isOne(in: 24) else { return nil }
        var faults: [SteppedLedger.Fault] = [.lostBefore, .lostAfter, .timeout]
        if isHarsh, call == .write { faults.append(.refused) }
        let fault = faults[random.below(faults.count)]
        happened.insert("\(fault.rawValue) at \(call.rawValue)")
        note("\(instance) \(call.rawValue): \(fault.rawValue)")
        return fault
    }

    /// The same at the brokers.
    private func interfere(_ client: ModelClient, _ call: ModelCall) -> ModelFault? {
        guard !isQuiet else { return nil }
        meanwhile(hubs.first { $0.client === client }, call.rawValue)
        let isCritical = PipelineSimulation.critical.contains(call.rawValue)
        guard random.isOne(in: isCritical ? 6 : 18), let fault = fault(of: call) else { return nil }
        let word = "\(fault)".prefix { $0 != "(" }
        happened.insert("\(word) at \(call.rawValue)")
        note("\(client.name) \(call.rawValue): \(fault)")
        return fault
    }

    private func meanwhile(_ caller: SimulatedProcess?, _ call: String) {
        let isCritical = PipelineSimulation.critical.contains(call)
        guard depth < 2, let caller, random.isOne(in: isCritical ? 7 : 20) else { return }
        depth += 1
        defer { depth -= 1 }
        if random.isOne(in: 5) {
            happened.insert("kill at \(call)")
            return caller.kill("killed at \(call)")
        }
        happened.insert("others act at \(call)")
        // A thread of it stands still, or all of it does.
        let isWhole = random.isOne(in: 2)
        if isWhole { freeze(caller) }
        note("\(caller.name) stands still at \(call)")
        // Long enough, now and then, for the group to go on without it.
        if isWhole, isCritical, random.isOne(in: 3) { cluster.advance(.seconds(60)) }
        let steps = random.isOne(in: 4) ? random.below(80) : random.below(12)
        for _ in 0...steps { try? step() }
        if isWhole { thaw(caller, call) }
        note("\(caller.name) goes on")
    }

    private func fault(of call: ModelCall) -> ModelFault? {
        switch (call, random.below(4)) {
        // Nothing came this time: batches are cut differently.
        case (.poll, 0), (.poll, 1): .requestLost
        case (.poll, _): nil
        case (.enter, 0), (.enter, 1): .answerLost
        case (.enter, _): .refused(PipelineSimulation.broken(.init()))
        case (.produce, _): .refused(PipelineSimulation.broken(.init(requiresAbort: true)))
        case (_, 0): .requestLost
        case (.committedOffsets, _), (.initialise, _), (.sendOffsets, _): .answerLost
        case (_, 1): .answerLost
        case (_, 2): .delayed(.milliseconds(Int64(random.below(40_000))))
        default: .refused(PipelineSimulation.broken(.init(isFatal: true)))
        }
    }

    private static func broken(_ flags: KafkaError.Flags) -> KafkaError {
        KafkaError(code: "_TRANSPORT", flags: flags, place: "fault", message: "")
    }

    func note(_ what: String) { trace.append(what) }

    func happen(_ what: String) {
        happened.insert(what)
        note(what)
    }
}
