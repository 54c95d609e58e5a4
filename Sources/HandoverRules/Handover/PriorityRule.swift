/// How urgent a handover is (domain.md §8): first match wins. Only eligible people get this far (invariant I8).
struct PriorityRule {
    let facts: Facts
    let calendar: WorkingCalendar
    let now: Instant
    let rules: Rulebook

    func drugService() -> Priority {
        guard facts.released else {
            return now >= PlanClock.nearAt(facts.date, calendar, rules) ? .p2 : .p4
        }
        if facts.kit.status == .no { return .p1 }
        if !facts.isPlanned, facts.onOst || facts.recentOverdose || facts.recentDetox { return .p1 }
        return isPressing ? .p2 : .p3
    }

    /// The drug service's, capped at P2; P1 after a release when no drug-service thread could be sent.
    func supervision(drugServiceReached: Bool) -> Priority {
        let own = drugService()
        guard facts.released else { return own }
        return drugServiceReached ? max(own, .p2) : .p1
    }

    private var isPressing: Bool {
        facts.kit.status == .unconfirmed || facts.recentDetox || facts.recentOverdose || facts.nfa || !facts.isPlanned
            || facts.appointment == nil || day != nil || facts.positiveUntreated
    }

    /// A release day on which services are closed or about to close.
    private var day: String? {
        if calendar.isHoliday(facts.date) { return "HOLIDAY" }
        if facts.date.weekday == 5 { return "FRIDAY" }
        if facts.date.isWeekend { return "WEEKEND" }
        return calendar.isHoliday(facts.date.adding(days: 1)) ? "EVE_OF_HOLIDAY" : nil
    }

    /// Risk codes for those who may know about health, in a fixed order.
    func risks() -> [String] {
        var codes: [String] = []
        if facts.onOst { codes.append("ON_OST") }
        if facts.recentDetox { codes.append("RECENT_DETOX") }
        if facts.recentOverdose { codes.append("RECENT_OVERDOSE") }
        if facts.positiveUntreated { codes.append("POSITIVE_TEST_UNTREATED") }
        if facts.released, !facts.isPlanned { codes.append("UNPLANNED") }
        if facts.nfa { codes.append("NFA") }
        if let day { codes.append(day) }
        return codes
    }
}
