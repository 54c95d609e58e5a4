import HandoverRules

/// One thing that happens in a story, before it has an id and a place in the stream.
struct Draft: Sendable {
    var occurredAt: Instant
    /// nil: part of what a prison already held, published in the first night of the simulation.
    var publishedAt: Instant?
    var payload: Payload
    /// The publishing system, last part of the CloudEvents source.
    var system: String
    var telling = Situation.Telling.cloudEvent
    /// The prison that publishes it; nil where the source speaks for none.
    var prison: PrisonID?
    /// Under which of the person's prison numbers it is told.
    var number = PrisonNumber.own
    /// Part of an older booking of the same person.
    var isOlderBooking = false
    /// What it corrects.
    var correction: Fix?

    /// A correction of another draft of the same story, by its index.
    struct Fix: Sendable {
        var of: Int
        var kind: CorrectionKind
        /// Told as a record.corrected, not by attributes of an event of the corrected type.
        var asRecord: Bool
    }
}

/// One of the prison numbers that a story is told under.
enum PrisonNumber: Sendable, Hashable {
    /// The one that stands in the end.
    case own
    /// Numbers that are merged into it, or that the booking is moved from.
    case former(Int)
}

/// What a story needs to know.
struct Setting: Sendable {
    var plan: EstatePlan
    /// Where the person leaves from.
    var prison: PrisonID
    /// Where a person who is transferred was before.
    var otherPrison: PrisonID
    var area: HomeArea
    /// Another area, where a person without an abode belongs.
    var otherArea: HomeArea
    var postcode: Postcode
    /// Unique within the estate; names plans, kits and assessments.
    var index: Int
    /// Whose kit label is used: the same number for two people makes their labels equal.
    var kitNumber: Int
    /// The prison numbers, own first.
    var numbers: [NomsNumber]

    func label(_ prefix: String) -> Label { Label(unchecked: "\(prefix)-\(index)") }
    var kit: Label { kit(kitNumber) }
    /// The label of the kit that takes the place of another.
    var secondKit: Label { kit(kitNumber + 500_000) }
    var booking: BookingID { BookingID(unchecked: 10_000_000 + Int64(index)) }
    /// The number of an admission before it that was never closed.
    var olderBooking: BookingID { BookingID(unchecked: 1_000_000 + Int64(index)) }

    func noms(_ number: PrisonNumber) -> NomsNumber {
        switch number {
        case .own: numbers[0]
        case .former(let k): numbers[min(k + 1, numbers.count - 1)]
        }
    }

    private func kit(_ number: Int) -> Label {
        let digits = String(number % 1_000_000)
        return Label(
            unchecked: "\(plan.prisons[0].text)-26-" + String(repeating: "0", count: 6 - digits.count) + digits)
    }
}
