import HandoverRules
import Operations
import Testing

/// Domain.md §13: the formulas, and its worked check.
@Suite("operations: the key figures")
struct ReportMeasureTests {
    private let day = London.instant(LocalDate("2026-06-05") ?? LocalDate(daysSince1970: 0), at: .hours(9))

    private func spell(kit: String = "NO", _ change: (inout CountedSpell) -> Void = { _ in }) -> CountedSpell {
        var spell = CountedSpell()
        var release = CountedSpell.Release(at: day, holdEndsAt: day + .minutes(45))
        release.kit = kit
        spell.release = release
        change(&spell)
        return spell
    }

    @Test("the worked check: K6 55.0 %, K9 90.9 %, K10 53.1 %")
    func workedCheck() {
        var cohort = (0..<40).map { spell(kit: $0 < 22 ? "YES" : $0 < 25 ? "UNCONFIRMED" : "NO") }
        for i in 0..<34 { cohort[i].release?.given = [.drugService] }
        for i in 0..<17 { cohort[i].release?.engagedAfterDays = i == 0 ? 21 : 3 }
        for i in 17..<19 { cohort[i].release?.isOutOfFollowUp = true }
        cohort[20].release?.engagedAfterDays = 22
        let kit = Measures.kit(cohort)
        #expect(kit.text == "55.0 %" && kit.count == 22 && kit.of == 40)
        #expect(kit.beside.first == Measure.Count("unconfirmed", 3))
        let threads = (0..<34).map { i in
            var thread = CountedThread(kind: .drugService, body: "prov-leeds")
            thread.releasedSentAt = day
            thread.ackBy = day + .days(2)
            if i < 30 { thread.ackedAt = day + (i == 0 ? .days(2) : .hours(1)) }
            if i == 30 { thread.stoodDownAt = day + .hours(5) }
            if i == 31 { thread.ackedAt = day + .days(2) + .minutes(1) }
            return thread
        }
        let acknowledged = Measures.acknowledged(threads)
        #expect(acknowledged.text == "90.9 %" && acknowledged.count == 30 && acknowledged.of == 33)
        let engaged = Measures.engaged(cohort)
        #expect(engaged.text == "53.1 %" && engaged.count == 17 && engaged.of == 32)
        #expect(engaged.note.contains("C20"))
    }

    @Test("an empty denominator is n/a, not 0")
    func emptyDenominator() {
        let none: [CountedSpell] = []
        for measure in Measures.funnel(admitted: none, cohort: none) {
            #expect(measure.text == "n/a" && measure.percent == nil, "\(measure.id)")
        }
        #expect(Measures.acknowledged([]).text == "n/a")
        #expect(Measures.stock(KitStock()).text == "n/a")
    }

    @Test("K1 counts admissions still in custody at day 7, K2 those assessed with either outcome")
    func assessment() {
        let stayed = spell {
            $0.admittedAt = day
            $0.assessedAt = day + .days(7)
            $0.isAssessedEligible = true
        }
        let late = spell {
            $0.admittedAt = day
            $0.assessedAt = day + .days(8)
        }
        let left = spell {
            $0.admittedAt = day
            $0.leftAt = day + .days(6)
        }
        let none = spell {
            $0.admittedAt = day
            $0.leftAt = day + .days(7)
        }
        let all = [stayed, late, left, none]
        #expect(Measures.assessed(all).count == 1 && Measures.assessed(all).of == 3)
        #expect(Measures.eligible(all).count == 1 && Measures.eligible(all).of == 2)
    }

    @Test("training and kits are independent: K5 may lie below K6 (invariant I9)")
    func independence() {
        let cohort = [
            spell(kit: "YES") { $0.offered = true },
            spell(kit: "NO") {
                $0.offered = true
                $0.trainedAt = day - .days(1)
            },
            spell(kit: "YES") { $0.trainedAt = day + .hours(1) },
            spell { $0.offered = true },
        ]
        #expect(Measures.offered(cohort).count == 3)
        #expect(Measures.accepted(cohort).count == 2 && Measures.accepted(cohort).of == 3)
        #expect(Measures.trained(cohort).count == 1)
        #expect(Measures.kit(cohort).count == 2)
    }

    @Test("K8 runs from the end of the hold, K9p1 by the thread's own clock, K11 72 hours from the release")
    func clocks() {
        func handed(after span: Span) -> CountedSpell {
            spell {
                $0.release?.given = [.drugService]
                var thread = CountedThread(kind: .drugService, body: "b")
                thread.releasedSentAt = day + .minutes(45) + span
                thread.urgentSentAt = thread.releasedSentAt
                thread.urgentAckDueAt = day + .hours(5)
                thread.suppliedAt = day + .hours(71) + span
                $0.threads = [thread]
            }
        }
        let spells = [handed(after: .zero), handed(after: .minutes(60)), handed(after: .minutes(61))]
        #expect(Measures.handedOver(spells).count == 2 && Measures.handedOver(spells).of == 3)
        #expect(Measures.rescued(spells).count == 2 && Measures.rescued(spells).of == 3)
        var acked = spells[0].threads[0], fell = spells[1].threads[0]
        acked.urgentAckedAt = day + .hours(5)
        fell.urgentEndedAt = day + .hours(4)
        let urgent = Measures.urgentAcknowledged([acked, fell, spells[2].threads[0]])
        #expect(urgent.count == 1 && urgent.of == 2)
    }

    @Test("1 to 4 are shown as <5, and what one hidden number could be worked out from is hidden with it")
    func suppression() {
        #expect(Suppression.parts([12, 3, 7]).map(\.text) == ["12", "<5", "*"])
        #expect(Suppression.parts([12, 3, 0]).map(\.text) == ["*", "<5", "0"])
        #expect(Suppression.parts([12, 3, 2]).map(\.text) == ["12", "<5", "<5"])
        #expect(Suppression.parts([5, 0, 40]).map(\.text) == ["5", "0", "40"])
        #expect(Suppression.share(17, of: 32).isShown)
        for (count, all) in [(3, 20), (18, 20), (2, 4)] {
            let shown = Suppression.share(count, of: all)
            #expect(!shown.isShown && !shown.count.text.contains(String(count)), "\(count) of \(all)")
        }
    }
}
