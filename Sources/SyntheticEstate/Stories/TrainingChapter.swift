import HandoverRules

extension Story {
    /// Offers of training and what became of them, nine days before the start and later.
    mutating func training() {
        guard situation.training != .none else { return }
        offer("o", days: 10)
        switch situation.training {
        case .none, .offered: break
        case .completed: trained("o", days: 9, .complete)
        case .partial: trained("o", days: 9, .partial)
        case .refused: refused("o", days: 9)
        case .refusedThenTrained:
            refused("o", days: 9)
            offer("oo", days: 2)
            trained("oo", days: 1, .complete)
        case .refusalLate:
            // Kept on paper: refused before the training, told days after it.
            trained("o", days: 8, .complete)
            let at = London.instant(day(before: 9), at: .hours(11))
            live(at, refusal("o"), system: "health-record", delay: morning - at)
        }
    }

    private mutating func offer(_ prefix: String, days: Int) {
        var p = TrainingOffered()
        p.offer = setting.label(prefix)
        p.method = dice.pick([.group, .group, .oneToOne, .peer, .video])
        before(days: days, .trainingOffered(p), system: "health-record")
    }

    private mutating func trained(_ offer: String, days: Int, _ result: TrainingResult) {
        var p = TrainingCompleted()
        p.training = setting.label("t" + offer)
        p.offer = setting.label(offer)
        p.elements = [.signs, .call999, .naloxone, .recoveryPosition]
        if result == .complete { p.elements = TrainingElement.allCases.filter { $0 != .storage || dice.chance(0.8) } }
        p.result = result
        p.product = dice.pick([.nyxoid, .nyxoid, .prenoxad])
        p.trainerRole = dice.pick([.drugTreatmentWorker, .drugTreatmentWorker, .nurse])
        p.duration = TrainingMinutes(unchecked: Int64(dice.within(15...60)))
        before(days: days, .trainingCompleted(p), system: "health-record")
    }

    private mutating func refused(_ offer: String, days: Int) {
        before(days: days, refusal(offer), system: "health-record")
    }

    private mutating func refusal(_ offer: String) -> Payload {
        var p = TrainingRefused()
        p.offer = setting.label(offer)
        p.stage = dice.pick([.training, .kit, .both])
        let weights = setting.plan.mix.refusalReasons
        p.reasons = Set((0..<dice.within(1...2)).map { _ in dice.pick(weights) }).sorted()
        if p.reasons.contains(.other) { p.otherText = FreeText(unchecked: "Said it was not for them.") }
        p.reofferAfter = day(before: 2)
        return .trainingRefused(p)
    }
}
