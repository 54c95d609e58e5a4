import HandoverRules
import Testing

@Suite("rules: consent, routing and records") struct SharingStories {
    @Test("S10: no fixed abode goes to the last home's provider, and is pressing")
    func s10() {
        var story = ReleaseStories.held()
        story.record?.postcode = nil
        story.record?.addressStatus = nil
        story.record?.lastHomeAuthority = World.leeds
        story.tell(.kit(.gate), "06-02 08:00")
        story.tell(
            .planned("2026-06-03") {
                $0.address = .of(.noFixedAbode, "ZZ99 3VZ")
                $0.appointment = .at("06-03 14:00")
                $0.supervision = .licence(office: nil)
            }, "06-02 08:00")
        story.tell(.released("06-03 09:15"), "06-03 09:15")
        story.settle()
        #expect(story.drug.last?.destination == .handover(Recipient(kind: .drugService, provider: World.drugLeeds)))
        #expect(story.drug.last?.priority == .p2)
        #expect(story.drug.last?.texts("actions").contains("OUTREACH") == true)
        #expect(story.drug.last?["person.nfa"] == .bool(true))
        #expect(story.drug.last?.texts("dq") == [])
        #expect(story.dataQuality.map(\.code).filter { $0 != "CONTACT_OVERDUE" }.isEmpty)
        #expect(story.outcome(.drugService)?.state == .sent)
    }

    @Test("S10: nothing known of where: a human routes, at once")
    func s10Unknown() {
        var story = ReleaseStories.held()
        story.record?.postcode = nil
        story.record?.addressStatus = nil
        story.tell(.released("06-03 09:15"), "06-03 09:15")
        story.settle()
        #expect(story.drug.isEmpty)
        #expect(story.outcome(.drugService)?.state == .humanQueue)
        #expect(story.tasks("HUMAN_QUEUE").first?.priority == .p1)
        #expect(story.tasks("HUMAN_QUEUE").allSatisfy { $0["noms"] == nil })
        #expect(story.tasks("HUMAN_QUEUE").map { $0.text("reason") } == ["AREA_UNKNOWN", "AREA_UNKNOWN"])
        #expect(story.outcome(.supervision)?.reason == "AREA_UNKNOWN")
        #expect(story.closings("HUMAN_QUEUE").count == 2, "84 days later nobody is asked any more")
    }

    @Test("S11: an area nobody covers is put before its commissioner")
    func s11() {
        var story = ReleaseStories.held()
        story.registers.coverage[World.leeds]?.removeAll { $0.pathway == .criminalJustice }
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.settle()
        #expect(story.outcome(.drugService)?.state == .humanQueue)
        #expect(story.outcome(.drugService)?.reason == "NO_PROVIDER")
        #expect(story.tasks("NO_PROVIDER").map { $0.text("providerId") } == ["com-leeds"])
        #expect(story.tasks("NO_PROVIDER").map(\.destination) == [.hubTask])
        #expect(story.tasks("NO_PROVIDER").first?.priority == .p1)
        #expect(story.drug.isEmpty, "not sent to anybody until somebody is named")
        #expect(story.outcome(.drugService)?.released == true)
        #expect(story.supervision.last?.priority == .p1, "no drug-service thread could be sent")
    }

    @Test("S12: rows are chosen by the release date, and the old provider is stood down")
    func s12() {
        var story = Story()
        var rows = story.registers.coverage[World.leeds] ?? []
        rows.removeAll { $0.pathway == .criminalJustice }
        for (provider, from, to) in [
            (World.drugLeeds, "2015-01-01", "2026-03-31"), (World.drugBradford, "2026-04-01", nil),
        ] as [(Label, String, String?)] {
            rows.append(
                Coverage(
                    provider: provider, pathway: .criminalJustice, ageBand: .adult, rank: 1, validFrom: date(from),
                    validTo: to.map(date)))
        }
        story.registers.coverage[World.leeds] = rows
        story.tell(.admitted(), "03-01 14:00")
        story.tell(.assessed(), "03-02 10:00")
        story.tell(.consent(.drugService), "03-02 10:05")
        story.tell(.planned("2026-03-31"), "03-20 10:00")
        story.tell(.changed(2) { $0.plannedDate = date("2026-04-02") }, "03-25 10:00")
        #expect(story.drug.map(\.headline) == ["v1 PLANNED P4", "v2 STOOD_DOWN ", "v1 PLANNED P4"])
        guard story.drug.count == 3 else { return }
        #expect(story.drug[1].text("reason") == "TRANSFER_OF_RESPONSIBILITY")
        #expect(story.drug[1].id == story.drug[0].id)
        #expect(story.drug[2].destination == .handover(Recipient(kind: .drugService, provider: World.drugBradford)))
    }

    @Test("S14: consent withdrawn between plan and release stops the thread and sends nothing more")
    func s14() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        story.tell(.consent(.drugService, .withdrawn), "05-20 09:00")
        #expect(story.drug.last?.text("reason") == "CONSENT_WITHDRAWN")
        #expect(story.tasks("OVERRIDE_DECISION").first?.destination == .prisonTask(PrisonID(unchecked: "MDI")))
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.settle()
        #expect(story.drug.count == 2)
        #expect(story.outcome(.drugService)?.state == .stoodDown)
        #expect(story.outcome(.drugService)?.released == true)
        #expect(story.supervision.last?.headline == "v3 RELEASED P1", "no drug-service thread could be sent")
    }

    @Test("S15: supervision not asked gets nothing, not even a blank")
    func s15() {
        var story = Story()
        story.tell(.admitted(), "05-01 14:00")
        story.tell(.assessed(), "05-02 10:00")
        story.tell(.consent(.drugService), "05-02 10:05")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.settle()
        #expect(story.drug.count == 1)
        #expect(story.supervision.isEmpty)
        #expect(story.outcome(.supervision)?.reason == "NO_CONSENT")
        #expect(story.outcome(.supervision)?.state == .suppressed)
    }

    @Test("an override lives 72 hours at most, a consent through its last day")
    func expiry() {
        var story = Story()
        story.tell(.admitted(), "05-01 14:00")
        story.tell(.assessed(), "05-02 10:00")
        var override = ConsentOverride()
        override.expiresAt = time("07-01 10:00")
        story.tell(.consent(.drugService, .override) { $0.override = override }, "06-05 08:00")
        story.tell(.consent(.supervision) { $0.expiresOn = date("2026-06-06") }, "06-05 08:00")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-06 23:59")
        #expect(story.supervision.count == 1)
        story.wait(until: "06-07 00:00")
        #expect(story.supervision.last?.text("reason") == "CONSENT_WITHDRAWN")
        #expect(story.drug.count == 1)
        story.wait(until: "06-08 08:00")
        #expect(story.drug.last?.text("reason") == "CONSENT_WITHDRAWN")
    }

    @Test("who is not assessed, not eligible, not supervised or not at an onboarded prison is suppressed by that name")
    func suppressed() {
        func outcome(_ scope: ConsentScope, _ change: (inout Story) -> Void) -> String? {
            var story = Story()
            story.tell(.consent(.drugService), "05-02 10:05")
            story.tell(.consent(.supervision), "05-02 10:06")
            change(&story)
            story.settle()
            #expect(story.sent(scope == .drugService ? .drugService : .supervision).isEmpty)
            return story.outcome(scope)?.reason
        }
        let release = Payload.released("06-05 09:15")
        #expect(outcome(.drugService) { $0.tell(release, "06-05 09:15") } == "NOT_ASSESSED")
        #expect(
            outcome(.drugService) {
                $0.tell(.assessed(.notEligible), "05-02 10:00")
                $0.tell(release, "06-05 09:15")
            } == "NOT_ELIGIBLE")
        #expect(
            outcome(.supervision) {
                $0.tell(.assessed(), "05-02 10:00")
                $0.tell(.planned("2026-06-05") { $0.supervision = .noneAtAll }, "05-03 10:00")
                $0.tell(release, "06-05 09:15")
            } == "NO_SUPERVISION")
        #expect(
            outcome(.drugService) {
                $0.tell(.assessed(), "05-02 10:00")
                $0.tell(.released("06-05 09:15", "HDI"), "06-05 09:15")
            } == "NOT_ONBOARDED")
        #expect(
            outcome(.drugService) {
                $0.tell(.assessed(), "05-02 10:00")
                $0.tell(.released("05-05 09:15"), "05-05 09:15", received: "08-20 09:00")
            } == "TOO_LATE")
    }

    @Test("S32: a release from a prison not onboarded is recorded, and nothing is sent")
    func s32() {
        var story = ReleaseStories.held()
        let decision = story.tell(.released("06-05 09:15", "HDI"), "06-05 09:15")
        #expect(decision.dispositions.map(\.state) == [.applied])
        #expect(decision.dispositions.map(\.reason) == ["NOT_ONBOARDED"])
        story.settle()
        #expect(story.outbound.isEmpty)
        #expect(story.outcome(.drugService)?.reason == "NOT_ONBOARDED")
    }

    @Test("before the Probation Service the allocation decides between CRC and NPS")
    func allocation() {
        func body(_ allocation: SupervisionAllocation) -> OutboundDecision.Destination? {
            var story = Story()
            story.tell(.assessed(), "2020-05-02 10:00")
            story.tell(.consent(.supervision), "2020-05-02 10:06")
            story.tell(.planned("2020-06-05") { $0.supervision = .licence(allocation) }, "2020-05-10 09:00")
            return story.supervision.last?.destination
        }
        #expect(body(.crc) == .handover(Recipient(kind: .supervision, provider: World.crc)))
        #expect(body(.nps) == .handover(Recipient(kind: .supervision, provider: World.nps)))
        #expect(body(.unknown) == nil)
    }

    @Test("a missing record holds nothing up; it is looked up again and corrected when found")
    func missingRecord() {
        var story = ReleaseStories.held()
        story.record = nil
        story.tell(.released("06-05 09:15") { $0.address = .of(.own, "LS9 7FL") }, "06-05 09:15")
        story.wait(until: "06-05 10:30")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P1"])
        #expect(story.drug.last?.texts("dq") == ["RECORD_MISSING"])
        #expect(story.drug.last?["person.name"] == nil)
        #expect(story.drug.last?.text("person.noms") == "Z1234BC")
        story.record = World.record
        story.wait(until: "06-05 11:30")
        #expect(story.drug.last?.headline == "v2 CORRECTION P1")
        #expect(story.drug.last?.text("person.name") == "Sam Example")
        #expect(story.drug.last?.ackDueAt == story.drug.first?.ackDueAt, "a correction does not put the clock back")
        #expect(!story.state.openTimers.contains { $0.kind == .recordMissing })
    }

    @Test("S17: somebody under 18 goes to youth justice and the young people's service, never to probation")
    func child() {
        var story = Story()
        story.record?.dateOfBirth = date("2009-02-11")
        let yjs = Label(unchecked: "yjs-leeds"), young = Label(unchecked: "yp-leeds")
        for (id, kind, pathway) in [
            (yjs, ProviderKind.youthJustice, Pathway.supervision), (young, .youngPeopleDrugService, .core),
        ] {
            story.registers.providers[id] = Provider(id: id, kind: kind, name: "", validFrom: date("2015-01-01"))
            story.registers.coverage[World.leeds]?.append(
                Coverage(provider: id, pathway: pathway, ageBand: .child, rank: 1, validFrom: date("2015-01-01")))
        }
        story.tell(.assessed { $0.onOst = true }, "05-02 10:00")
        story.tell(.consent(.childService), "05-02 10:05")
        story.tell(.consent(.supervision), "05-02 10:05")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.settle()
        #expect(story.supervision.isEmpty)
        #expect(story.drug.isEmpty)
        #expect(story.sent(.youthJustice).count == 1)
        #expect(story.sent(.youngPeopleDrugService).count == 1)
        #expect(story.sent(.youthJustice).last?["risk"] == nil)
        #expect(story.sent(.youngPeopleDrugService).last?.texts("risk").contains("ON_OST") == true)
        #expect(story.outcome(.childService)?.state == .sent)
    }
}
