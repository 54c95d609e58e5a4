import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import SyntheticEstate

/// People who leave prison about now, each with a story of several topics, for tests on `hub.clock: system`.
struct Crowd {
    /// What each person's story ends in, apart from what the ledger says.
    enum Ending: CaseIterable {
        /// A kit at the gate, reported after the release: the last word is CORRECTION with kit YES.
        case kitReportedLate
        /// No kit: P1.
        case noKit
        /// Refused the drug service: nothing may reach it.
        case noConsent
        /// A kit in hand before the release.
        case kitAtTheGate
    }

    struct Person {
        var noms: NomsNumber
        var name: String
        var ending: Ending
        var events: [Event]
    }

    let people: [Person]

    /// - Parameter seed: chooses ids and order; the same seed tells the same stories.
    init(_ count: Int, seed: UInt64, now: Date = Date()) {
        var random = SplitMix64(seed: seed)
        let now = Instant(microseconds: Int64(now.timeIntervalSince1970) * 1_000_000)
        people = (0..<count).map { index in
            let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            let suffix = String(letters[index / 26 % 26]) + String(letters[index % 26])
            let text = "Z" + String(1000 + index % 9000) + suffix
            let noms = NomsNumber(unchecked: text)
            let ending = Ending.allCases[index % Ending.allCases.count]
            return Person(
                noms: noms, name: "Canary Person\(index)", ending: ending,
                events: Crowd.story(noms, ending, now, &random))
        }
    }

    /// Everybody's events: each person's in order, people interleaved at random.
    func interleaved(seed: UInt64) -> [Event] {
        var random = SplitMix64(seed: seed)
        var rests = people.map { ArraySlice($0.events) }
        var told: [Event] = []
        while !rests.isEmpty {
            let index = Int(random.next() % UInt64(rests.count))
            told.append(rests[index].removeFirst())
            if rests[index].isEmpty { rests.remove(at: index) }
        }
        return told
    }

    private static func story(
        _ noms: NomsNumber, _ ending: Ending, _ now: Instant, _ random: inout SplitMix64
    ) -> [Event] {
        let released = now - .hours(1)
        var payloads: [(Payload, Instant)] = []
        for event in Story.ready(noms.text).events { payloads.append((event.payload, released - .days(20))) }
        if ending == .noConsent {
            var refused = ConsentRecorded()
            refused.scope = .drugService
            refused.state = .refused
            payloads.append((.consentRecorded(refused), released - .days(10)))
        }
        var story = Story(noms.text)
        story.plan(for: London.date(of: released).description, at: "2026-01-01 00:00")
        payloads.append((story.events[0].payload, released - .days(5)))
        var kit = Story(noms.text)
        kit.kit("K-\(noms.text)", at: "2026-01-01 00:00")
        let issued = (kit.events[0].payload, released - .hours(2))
        if ending == .kitAtTheGate { payloads.append(issued) }
        var leaving = ReleaseActual()
        leaving.releasedAt = released
        leaving.prison = PrisonID(unchecked: "MDI")
        leaving.releaseReason = .crd
        leaving.place = .prison
        leaving.movementReason = MovementReasonCode("CR")
        payloads.append((.releaseActual(leaving), released))
        if ending == .kitReportedLate { payloads.append(issued) }
        return payloads.map { payload, at in
            Event(
                id: random.uuid(), subject: noms, occurredAt: at, publishedAt: at, receivedAt: at,
                system: "nomis-feed", sourcePrison: PrisonID("MDI"), payload: payload)
        }
    }
}

extension SplitMix64 {
    mutating func uuid() -> UUID {
        var bytes = withUnsafeBytes(of: (next(), next())) { Array($0) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.load(as: uuid_t.self)) }
    }
}
