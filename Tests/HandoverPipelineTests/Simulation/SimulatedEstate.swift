import BrokerModel
import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules

/// What a simulation publishes: people's stories in the order in which each happened, and among them what an estate
/// gets wrong: the same event twice, bytes that are no event, an id used again for something else.
struct SimulatedEstate {
    /// What is still to be published, in order.
    private(set) var messages: ArraySlice<OutboundMessage>
    let crowd: Crowd
    /// Records that a hub must refuse.
    let refusals: Int
    /// With a hold in every third estate: a release is told by a timer then.
    let rules: Rulebook

    init(people: Int, seed: UInt64, topics: Topics, now: Instant) throws {
        var random = SplitMix(seed: seed ^ 0x5EED)
        crowd = Crowd(people, seed: seed, now: Date(timeIntervalSince1970: Double(now.microseconds) / 1e6))
        var rules = Rulebook()
        rules.releaseHold = random.isOne(in: 3) ? .seconds(40) : .zero
        self.rules = rules
        let encoder = EventEncoder(topics: topics)
        var all: [(message: OutboundMessage, isRefused: Bool)] = []
        for event in crowd.interleaved(seed: seed) {
            let message = OutboundMessage(try encoder.record(of: event))
            all.append((message, false))
            if random.isOne(in: 8) { all.append(all[random.below(all.count)]) }
            if random.isOne(in: 12) {
                let noEvent = Array("no event".utf8)
                all.append((OutboundMessage(topic: message.topic, key: message.key, value: noEvent), true))
            }
            if case .kitIssued(var kit) = event.payload, random.isOne(in: 2) {
                var other = event
                kit.batch = BatchNumber(unchecked: "NX9999")
                other.payload = .kitIssued(kit)
                all.append((OutboundMessage(try encoder.record(of: other)), true))
            }
        }
        messages = all.map(\.message)[...]
        refusals = all.count(where: \.isRefused)
    }

    mutating func next() -> OutboundMessage? { messages.popFirst() }

    /// People's own records, as the prisons keep them.
    var records: [NomsNumber: PersonRecord] {
        let born = LocalDate("1989-02-11") ?? LocalDate(daysSince1970: 0)
        return crowd.people.reduce(into: [:]) { records, person in
            var record = PersonRecord(name: person.name, dateOfBirth: born)
            record.postcode = Postcode("LS9 7QZ")
            records[person.noms] = record
        }
    }

    /// The registers of ``SmallRegisters``, with one fact that may change.
    static func registers(isNasalStocked: Bool) -> Registers {
        var registers = Registers()
        let old = LocalDate("2015-01-01") ?? LocalDate(daysSince1970: 0)
        for (id, name) in [("MDI", "Moorland"), ("LEI", "Leeds")] {
            let prison = PrisonID(unchecked: id)
            registers.prisons[prison] = Prison(id: prison, name: name, active: true, onboardedFrom: old)
        }
        let leeds = AuthorityID(unchecked: "E08000035")
        let drug = ProviderID(unchecked: "prov-leeds"), probation = ProviderID(unchecked: "ps-yh")
        registers.providers[drug] = Provider(
            id: drug, kind: .drugService, name: "Example Recovery, Leeds", validFrom: old, validTo: nil,
            authority: nil, nasalStocked: isNasalStocked)
        registers.providers[probation] = Provider(
            id: probation, kind: .probationRegion, name: "Yorkshire and The Humber", validFrom: old, validTo: nil,
            authority: nil, nasalStocked: false)
        registers.coverage[leeds] = [
            Coverage(
                provider: drug, pathway: .criminalJustice, ageBand: .adult, rank: 1, validFrom: old, validTo: nil),
            Coverage(
                provider: probation, pathway: .supervision, ageBand: .adult, rank: 1, validFrom: old, validTo: nil),
        ]
        registers.postcodes["LS9"] = PostcodeArea(authority: leeds, nation: "England", share: 1)
        registers.movementReasons[MovementReasonKey("CR", .out)] = MovementReason(
            movementClass: "COMMUNITY_RELEASE", releaseReason: .crd)
        registers.offices["YHLDS01"] = Office(provider: probation, authority: leeds)
        return registers
    }
}
