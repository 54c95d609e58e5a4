import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverRules
import SyntheticEstate

/// The job that hub and peers do from the same records: two thirds releases, one third kits, some records twice, some
/// that nobody can read. Every person is released once, and every other one has a kit. All of them agreed to be handed
/// over, and are known to the programs before the job begins.
struct PeerJob {
    /// People released; half as many kits.
    let people: Int
    /// Each released person is the so-many-eth of the ledger's.
    let stride: Int
    private let topics = Topics()
    private let start = Wall.now()
    private let seed: UInt64

    init(people: Int, seed: UInt64, stride: Int = 1) {
        self.people = people
        self.stride = stride
        self.seed = seed
    }

    private static let repeatEvery = 50
    private static let unreadableEvery = 200
    private static let repeatedAfter = 2_000

    /// What a checker expects of it.
    struct Expected {
        var records = 0
        var unreadable = 0
    }

    /// Hands out every record in order, some thousand at a time.
    func records(_ take: ([OutboundMessage]) throws -> Void) throws -> Expected {
        var expected = Expected()
        var slice: [OutboundMessage] = [], later: [(at: Int, message: OutboundMessage)] = []
        let encoder = EventEncoder(topics: topics)
        for index in 0..<people * 3 / 2 {
            let message = try OutboundMessage(encoder.record(of: event(index)))
            slice.append(message)
            if index % PeerJob.repeatEvery == 0 { later.append((index + PeerJob.repeatedAfter, message)) }
            if index % PeerJob.unreadableEvery == 0 {
                var broken = message
                broken.value = message.value.map { Array($0.dropLast(9)) }
                slice.append(broken)
                expected.unreadable += 1
            }
            if let first = later.first, first.at <= index { slice.append(later.removeFirst().message) }
            guard slice.count >= 5_000 else { continue }
            expected.records += slice.count
            try take(slice)
            slice = []
        }
        slice += later.map(\.message)
        expected.records += slice.count
        try take(slice)
        return expected
    }

    /// The `index`th event; each third is a kit of somebody whose release comes later.
    func event(_ index: Int) -> Event {
        let isKit = index % 3 == 2
        let person = isKit ? index / 3 * 2 % people : index - index / 3
        let published = start - .minutes(30) + Span(microseconds: Int64(index) * 1_000)
        var dice = Dice(seed: seed, stream: index)
        var event = Event(
            id: dice.uuid(), subject: NomsNumber(unchecked: CostLedger.noms(person * stride)),
            occurredAt: published - .minutes(isKit ? 1_440 : 2), publishedAt: published, receivedAt: published,
            system: "nomis-feed", sourcePrison: CostLedger.prison, payload: isKit ? kit(index) : .releaseActual(.init())
        )
        if !isKit {
            var release = ReleaseActual()
            release.releasedAt = event.occurredAt
            release.prison = CostLedger.prison
            release.releaseReason = .crd
            release.place = .prison
            release.movementReason = MovementReasonCode(unchecked: "CR")
            event.payload = .releaseActual(release)
        }
        return event
    }

    private func kit(_ index: Int) -> Payload {
        var kit = KitIssued()
        kit.kit = Label(unchecked: "LOD-26-\(index)")
        kit.product = .nyxoid
        kit.batch = BatchNumber(unchecked: "NX4471")
        kit.expiry = London.date(of: start).adding(days: 700)
        kit.quantity = KitQuantity(unchecked: 1)
        kit.issuePoint = .inPossession
        kit.supplierRole = .nurse
        kit.supplierTrainingConfirmed = true
        kit.authority = .pgd
        return .kitIssued(kit)
    }
}
