import Foundation
import HandoverRules
import SyntheticEstate

/// What one more event costs the rules alone, by how many events the spell has.
enum SpellCost {
    /// One row for each length.
    static func table() -> [String] {
        let rows = [5, 20, 60].map { ($0, cost(of: $0, isLate: false), cost(of: $0, isLate: true)) }
        let newest = rows[0].1, late = rows[0].2
        return [
            "one more event of a spell, rules alone; µs an event",
            "    events   newest   to the first   late   to the first   events to the first",
        ]
            + rows.map {
                String(
                    format: "%10d %8.1f %14.2f %6.1f %14.2f %21.1f", $0.0, $0.1, $0.1 / newest, $0.2, $0.2 / late,
                    Double($0.0) / 5)
            }
    }

    /// The quickest of many runs: what the work costs, without what else the machine does.
    private static func cost(of length: Int, isLate: Bool) -> Double {
        let start = Wall.now() - .days(1)
        let registers = BenchSteps.registers
        let rules = Rulebook()
        // Reception, assessment, two consents and a plan that was told; then more assessments.
        var events = SyntheticLoad(people: 1, events: length + 3, seed: 5, start: start).filter {
            ![.kitIssued, .releaseActual].contains($0.payload.type)
        }
        var extra = events.removeLast()
        let state = decide(
            PersonState(subject: extra.subject), arrivals: events, record: nil, registers: registers, rules: rules
        ).state
        extra.receivedAt = state.now + .minutes(1)
        extra.occurredAt = isLate ? extra.occurredAt - .days(10) : state.now
        var best = Double.infinity
        for _ in 0..<40 {
            let began = ContinuousClock.now
            for _ in 0..<20 {
                _ = decide(state, arrivals: [extra], record: nil, registers: registers, rules: rules)
            }
            let span = (ContinuousClock.now - began).components
            best = min(best, (Double(span.seconds) * 1e6 + Double(span.attoseconds) / 1e12) / 20)
        }
        return best
    }
}
