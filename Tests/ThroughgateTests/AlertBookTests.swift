import Foundation
import HandoverRules
import Operations
import Testing

@Suite("model: which alerts are open")
struct AlertBookTests {
    private let start = Instant(milliseconds: 1_780_000_000_000)

    /// Looks once a minute with so many people at risk; what changed, by minute.
    private func play(_ people: [Int?]) -> [String] {
        var book = AlertBook(rules: AlertRule.all.filter { $0.name == "ThroughgatePeopleAtRiskP1" })
        return people.enumerated().flatMap { minute, people in
            let now = start + .minutes(Int64(minute))
            let risk = people.map { PeopleAtRisk(counts: [], byPriority: [.p1: $0], at: now) }
            return book.look(Figures(risk: risk), now: now).map { "\(minute) \($0.isOpen ? "open" : "clear")" }
        }
    }

    @Test func aMomentRaisesNothing() {
        #expect(play([0, 1, 1, 1, 1, 0, 0, 1, 1, 0]).isEmpty)
    }

    @Test func oneCauseOpensOnceAndClearsOnceWhateverHappensBetween() {
        let busy: [Int?] = Array(repeating: 3, count: 20)
        #expect(play(busy + [0, 3, 0, 0, 3] + Array(repeating: 0, count: 8)) == ["5 open", "30 clear"])
    }

    @Test func whatIsNotKnownNeitherRaisesNorClears() {
        #expect(play(Array(repeating: 1, count: 6) + Array(repeating: nil, count: 30)) == ["5 open"])
        #expect(play([1, nil, nil, nil, nil, nil, 0, 0]).isEmpty)
    }

    @Test func theTableIsSound() {
        let rules = AlertRule.all
        #expect(Set(rules.map(\.name)).count == rules.count)
        for rule in rules {
            #expect(rule.clearsAt <= rule.above && rule.raisesAfter > .zero && rule.clearsAfter > .zero)
        }
    }

    @Test func everyRuleIsOneOfPrometheusToo() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Deploy/prometheus/throughgate.rules.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        for rule in AlertRule.all { #expect(text.contains("- alert: \(rule.name)\n")) }
    }
}
