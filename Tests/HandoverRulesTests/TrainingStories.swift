import HandoverRules
import Testing

/// Training, refusals and what became of kits (domain.md §3, §4, §12).
@Suite("rules: training, refusals and kits") struct TrainingStories {
    private func released(_ tell: (inout Story) -> Void) -> Story {
        var story = ReleaseStories.held()
        story.registers.providers[World.drugLeeds]?.nasalStocked = true
        tell(&story)
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 10:00")
        return story
    }

    @Test("T1 to T6 make a training complete, in one session or in several; T7 is not needed")
    func complete() {
        let one = released { $0.tell(.trained(), "06-01 09:00") }
        #expect(one.drug.last?.text("thn.trained") == "COMPLETE")
        #expect(one.drug.last?.texts("thn.elements") == ["T1", "T2", "T3", "T4", "T5", "T6"])
        #expect(one.drug.last?.texts("actions").contains("COMPLETE_TRAINING") == false)
        #expect(one.supervision.last?.text("thn.trained") == "YES")
        #expect(one.supervision.last?["thn.elements"] == nil)
        let several = released {
            $0.tell(.session([.signs, .call999, .breathing], id: "tr-1", .partial), "06-01 09:00")
            $0.tell(.session([.stay, .naloxone, .recoveryPosition], id: "tr-2", .partial), "06-02 09:00")
        }
        #expect(several.drug.last?.text("thn.trained") == "COMPLETE")
        #expect(several.drug.last?.texts("keyMessages").contains("KM-04") == true)
    }

    @Test("a training that calls itself complete without T1 to T6 is partial, and raised")
    func partial() {
        let story = released { $0.tell(.session([.signs, .call999], .complete), "06-01 09:00") }
        #expect(story.drug.last?.text("thn.trained") == "PARTIAL")
        #expect(story.drug.last?.texts("thn.elements") == ["T1", "T2"])
        #expect(story.drug.last?.texts("actions").contains("COMPLETE_TRAINING") == true)
        #expect(story.supervision.last?.text("thn.trained") == "NO")
        #expect(story.has("TRAINING_ELEMENTS_MISSING"))
    }

    @Test("training after the release does not count as training before it")
    func afterwards() {
        var story = released { _ in }
        story.tell(.trained(), "06-06 09:00")
        #expect(story.drug.last?.text("thn.trained") == "NO")
        #expect(story.drug.count == 1)
    }

    @Test("training with no assessment implies that the person is eligible")
    func implied() {
        var story = Story()
        story.tell(.admitted(), "05-01 14:00")
        story.tell(.consent(.drugService), "05-02 10:05")
        story.tell(.trained(), "05-20 09:00")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 10:00")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P1"])
        #expect(story.has("ELIGIBILITY_IMPLIED"))
    }

    @Test("training before any reception waits a day and then opens a provisional spell")
    func parked() {
        var story = Story()
        let early = story.tell(.trained(), "06-01 09:00")
        #expect(early.dispositions.first?.reason == "PARKED")
        story.tell(.consent(.drugService), "06-01 10:00")
        story.wait(until: "06-02 09:00")
        #expect(story.has("NO_RECEPTION"))
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 10:00")
        #expect(story.drug.last?.text("thn.trained") == "COMPLETE")
    }

    @Test("a refusal stands, with its messages, until what was refused is accepted")
    func refusals() {
        let stands = released { $0.tell(.refused([.needleFear, .highMyth]), "06-01 09:00") }
        #expect(stands.drug.last?.texts("thn.refusal") == ["HIGH_MYTH", "NEEDLE_FEAR"])
        #expect(stands.drug.last?.texts("actions").prefix(2) == ["SUPPLY_KIT_24H", "OFFER_NASAL"])
        #expect(stands.drug.last?.texts("keyMessages") == ["KM-02", "KM-03", "KM-04", "KM-09", "KM-06"])
        #expect(stands.supervision.last?["thn.refusal"] == nil)
        #expect(stands.supervision.last?.texts("keyMessages") == ["KM-02", "KM-03", "KM-12", "KM-19"])

        func standing(_ stage: RefusalStage, then payload: Payload) -> [String] {
            released {
                $0.tell(.refused([.privacy], stage), "06-01 09:00")
                $0.tell(payload, "06-02 09:00")
            }.drug.last?.texts("thn.refusal") ?? []
        }
        #expect(standing(.training, then: .trained()).isEmpty)
        #expect(standing(.training, then: .kit(.gate)).isEmpty)
        #expect(standing(.kit, then: .trained()) == ["PRIVACY"])
        #expect(standing(.kit, then: .kit(.gate)).isEmpty)
        #expect(standing(.both, then: .trained()) == ["PRIVACY"])
        #expect(standing(.both, then: .replaced("X", by: "MDI-26-000188", .gate)).isEmpty)
    }

    @Test("without a nasal product in stock nobody speaks of one")
    func noNasal() {
        var story = ReleaseStories.held()
        story.tell(.refused([.needleFear]), "06-01 09:00")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 10:00")
        #expect(story.drug.last?.texts("thn.refusal") == ["NEEDLE_FEAR"])
        #expect(story.drug.last?.texts("actions").contains("OFFER_NASAL") == false)
        #expect(story.drug.last?.texts("keyMessages").contains("KM-09") == false)
    }

    @Test("a kit given in place of a lost one counts, the lost one no longer")
    func replaced() {
        let story = released {
            $0.tell(.kit(.gate), "06-01 09:00")
            $0.tell(.lost(), "06-02 09:00")
            $0.tell(.replaced(by: "MDI-26-000188", .gate) { $0.product = .prenoxad }, "06-03 09:00")
        }
        #expect(story.drug.last?.text("thn.kitAtRelease") == "YES")
        #expect(story.last?.heldKits.map(\.text) == ["MDI-26-000188"])
        #expect(story.drug.last?.texts("keyMessages").contains("KM-12") == false)
        #expect(story.supervision.last?.texts("actions").contains("REPORT_LOST_KIT") == false)
    }

    @Test("a kit lost before the release and found after it was not with the person")
    func foundLater() {
        var story = released {
            $0.tell(.kit(.gate), "06-01 09:00")
            $0.tell(.lost(), "06-02 09:00")
        }
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
        story.tell(.returned(), "06-07 09:00")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
    }

    @Test("a kit used after the release was there at the release, and another one is offered")
    func usedAfterwards() {
        var story = released { $0.tell(.kit(.gate), "06-05 08:40") }
        story.tell(.used(on: "2026-06-08"), "06-09 09:00")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "YES")
        #expect(story.drug.last?.texts("keyMessages").contains("KM-12") == true)
        #expect(story.last?.heldKits.isEmpty == true)
    }

    @Test("a use told without the kit's label is of the one kit there is; a use before the release counts by its day")
    func usedBefore() {
        var story = released { $0.tell(.kit(.inPossession), "06-01 08:40") }
        story.tell(.used(id: nil, on: "2026-06-03"), "06-09 09:00")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
        #expect(story.drug.last?.headline == "v2 CORRECTION P1")
    }

    @Test("a kit of the spell before that comes back during the next is that spell's")
    func olderSpell() {
        var story = released { $0.tell(.kit(.gate), "06-05 08:40") }
        story.tell(.admitted(code: "L", status: .recall), "06-07 10:00")
        #expect(story.last?.heldKits.count == 1)
        story.tell(.returned(.recalled), "06-07 11:00")
        #expect(story.last?.heldKits.isEmpty == true)
        #expect(heldKits(story.state.events).isEmpty)
    }

    @Test("a worker's first supply after the release clears the supply action, one before it does not")
    func seen() {
        var story = released { _ in }
        story.tell(.engaged(.attended, at: "06-04 11:00", seen: .firstSupply), "06-05 10:30")
        #expect(story.drug.last?.texts("actions").contains("SUPPLY_KIT_24H") == true)
        story.tell(.engaged(.attended, at: "06-05 11:00", seen: .firstSupply), "06-05 11:30")
        #expect(story.drug.last?.texts("actions").contains("SUPPLY_KIT_24H") == false)
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
    }

    @Test("the kit's dosing text is that of the product held")
    func product() {
        func said(_ product: KitProduct) -> String? {
            released { $0.tell(.kit(.gate) { $0.product = product }, "06-05 08:40") }.drug.last?.text("say.KM-13")
        }
        #expect(said(.prenoxad) == "Prenoxad: one marked dose, CPR, next dose.")
        #expect(said(.nyxoid) == "Nyxoid: one nostril, then the other after 2-3 minutes.")
    }

    @Test("numbers that were merged into the person's are told beside it, sorted")
    func previousNumbers() {
        var story = ReleaseStories.held()
        story.tell(.merged("Z1234BC", "Z9999XY"), "05-05 10:00")
        story.tell(.merged("Z1234BC", "Z1111AA"), "05-06 10:00")
        story.tell(.planned("2026-06-20"), "05-10 09:00")
        #expect(story.drug.last?.texts("person.previousNoms") == ["Z1111AA", "Z9999XY"])
        #expect(ReleaseStories.held().drug.last?["person.previousNoms"] == nil)
    }
}
