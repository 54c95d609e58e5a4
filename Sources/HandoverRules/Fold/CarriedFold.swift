import FoundationEssentials

/// What one decision folded, to be handed to the next about the same person: where the new events are the newest in the
/// total order, they alone are folded then (domain.md §12). Optional in every respect: it is derived, need not be kept,
/// and one that does not fit is left unused. A decision is the same with and without it.
///
/// Nothing in it depends on time. A person with corrections is folded afresh each time and has none.
public struct CarriedFold: Sendable {
    let folded: FoldedEvents
    /// How many events were folded.
    let count: Int
    /// Of those events' ids and receipts.
    let fingerprint: UInt64
    private let known: [KnownSpell]
    private let reasons: [MovementReasonKey: MovementReason]
    private let constants: FoldConstants

    init?(_ fold: SpellFold, known: [KnownSpell]) {
        guard var folded = fold.carriable else { return nil }
        // A spell spoken of just now is recognised by what opened it, as it will be from now on.
        for i in folded.spells.indices where folded.spells[i].known == nil {
            let opening = fold.events[folded.spells[i].opening].id
            folded.spells[i].known = known.first { $0.anchor == opening }
        }
        self.folded = folded
        count = fold.events.count
        fingerprint = CarriedFold.fingerprint(fold.events[...])
        self.known = known
        reasons = fold.registers.movementReasons
        constants = FoldConstants(fold.rules)
    }

    /// Whether a fold of these may go on from this one.
    func fits(_ events: [Event], _ registers: Registers, _ known: [KnownSpell], _ rules: Rulebook) -> Bool {
        count <= events.count && self.known == known && constants == FoldConstants(rules)
            && reasons == registers.movementReasons && fingerprint == CarriedFold.fingerprint(events[..<count])
    }

    private static func fingerprint(_ events: ArraySlice<Event>) -> UInt64 {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        for i in events.indices {
            let (high, low) = withUnsafeBytes(of: events[i].id.uuid) {
                ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
            mix(&sum, high)
            mix(&sum, low)
            mix(&sum, UInt64(bitPattern: events[i].receivedAt.microseconds))
        }
        return sum
    }

    private static func mix(_ sum: inout UInt64, _ word: UInt64) {
        sum = (sum ^ word) &* 0x9e37_79b9_7f4a_7c15
        sum ^= sum >> 29
    }
}

/// The constants that single steps of the fold rest on.
private struct FoldConstants: Equatable {
    let workerSupply, nasalSupply, widerSupply: LocalDate
    let releaseRepeat, admissionRepeat, reversal: Span
    let expirySoon: Int

    init(_ rules: Rulebook) {
        workerSupply = rules.workerSupplyFrom
        nasalSupply = rules.nasalSupplyFrom
        widerSupply = rules.widerSupplyFrom
        releaseRepeat = rules.releaseRepeatMax
        admissionRepeat = rules.admissionRepeatMax
        reversal = rules.reversalAcrossMidnightMax
        expirySoon = rules.kitExpirySoonDays
    }
}
