import FoundationEssentials
import HandoverRules

extension Story {
    /// What the story's drafts become on the topics, each with its id and its moment.
    mutating func emissions() -> [Emission] {
        let order = drafts.indices.sorted { (drafts[$0].occurredAt, $0) < (drafts[$1].occurredAt, $1) }
        let night = firstNight(drafts.count { $0.publishedAt == nil })
        let ids = drafts.indices.map { _ in dice.uuid() }
        var next = 0
        return order.enumerated().map { place, index in
            let draft = drafts[index]
            let published = draft.publishedAt ?? night[next]
            if draft.publishedAt == nil { next += 1 }
            let event = event(draft, ids: ids, own: ids[index], published: published, sequence: Int64(place + 1))
            let kind = draft.correction.map { drafts[$0.of].payload.type } ?? draft.payload.type
            return Emission(at: published, shape: shape(event, draft.telling), fate: .accepted, topicOf: kind)
        }
    }

    private func event(_ draft: Draft, ids: [UUID], own: UUID, published: Instant, sequence: Int64) -> Event {
        let isPrison = draft.telling == .cloudEvent && draft.prison != nil
        let booking = draft.isOlderBooking ? setting.olderBooking : setting.booking
        // A moved booking names the booking itself.
        let namesBooking = draft.payload.type == .bookingMoved
        return Event(
            id: own, subject: setting.noms(draft.number), occurredAt: draft.occurredAt, publishedAt: published,
            receivedAt: published, system: draft.system, sourcePrison: isPrison ? draft.prison : nil,
            sequence: isPrison ? sequence : nil, booking: isPrison && !namesBooking ? booking : nil,
            correction: draft.correction.map { Correction(of: ids[$0.of], kind: $0.kind, keepsTime: $0.asRecord) },
            payload: draft.payload)
    }

    private mutating func shape(_ event: Event, _ telling: Situation.Telling) -> Emission.Shape {
        let inSNS = telling == .hmppsInSNS
        guard telling != .cloudEvent,
            let record = HmppsWriting.record(event, inSNS: inSNS, messageID: dice.uuid().uuidString.lowercased())
        else { return .cloudEvent(event) }
        return .hmpps(record, means: event)
    }

    /// Moments between 00:05 and 06:00 of the first day: rising, or falling for somebody told out of order.
    private mutating func firstNight(_ count: Int) -> [Instant] {
        let moments = (0..<count).map { _ in setting.plan.start + .seconds(Int64(dice.within(300...21_600))) }
        return situation.outOfOrder ? moments.sorted(by: >) : moments.sorted()
    }
}
