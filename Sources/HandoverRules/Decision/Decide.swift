/// The hub's one decision: given what is kept of a person and the events that newly arrived, what should each
/// recipient hold now, and what must be said to bring them there?
///
/// Pure: no clock, no I/O. "Now" is the largest receivedAt among all events, timers included. Any order and any
/// duplication of the same arrivals ends in the same final state (domain.md §12, invariant I1).
///
/// - Parameters:
///   - state: what is kept of the person; `PersonState(subject:)` when nothing is.
///   - arrivals: events of this person that are new by event id, at least one; in no particular order.
///   - record: the prisoner's record, nil when the enrichment record is missing.
public func decide(
    _ state: PersonState, arrivals: [Event], record: PersonRecord?, registers: Registers, rules: Rulebook
) -> Decision {
    var state = state
    state.now = max(state.now, arrivals.map(\.receivedAt).max() ?? state.now)
    return Decision(state: state)
}
