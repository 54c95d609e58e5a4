import HandoverRules
import Testing

/// Domain.md §6 by hand, and what really leaves.
@Suite("rules: disclosure") struct DisclosureMatrix {
    /// Fact: drug service, supervision, youth justice, young people's drug service, receiving prison, commissioner.
    static let matrix: [(DisclosedFacts, [Bool])] = [
        (.identity, [true, true, true, true, true, false]), (.crn, [false, true, false, false, true, false]),
        (.pnc, [false, true, false, false, true, false]), (.nhsNumber, [true, false, false, true, true, false]),
        (.health, [true, false, false, true, true, false]), (.kitStatus, [true, true, true, true, true, false]),
        (.kitProductAndCount, [true, false, true, true, true, false]),
        (.kitIdentity, [true, false, false, true, true, false]),
        (.trainingDone, [true, true, true, true, true, false]),
        (.trainingElements, [true, false, true, true, true, false]),
        (.refusal, [true, false, false, true, true, false]), (.address, [true, true, true, true, false, false]),
        (.release, [true, true, true, true, true, false]), (.releaseClass, [true, true, true, true, true, false]),
        (.releaseReason, [false, true, true, true, true, false]),
        (.supervision, [false, true, false, false, false, false]),
    ]

    @Test("each reader may know what the specification's table says, and nothing else")
    func table() {
        let readers: [Reader] = [
            .drugService, .supervision, .youthJustice, .youngPeopleDrugService, .receivingPrison, .commissioner,
        ]
        #expect(Set(readers) == Set(Reader.allCases))
        for (fact, row) in Self.matrix {
            for (reader, expected) in zip(readers, row) {
                #expect(Disclosure.allowed(reader).contains(fact) == expected, "\(reader) \(fact.rawValue)")
            }
        }
        let all = Self.matrix.reduce(into: DisclosedFacts()) { $0.formUnion($1.0) }
        for reader in readers { #expect(Disclosure.allowed(reader).isSubset(of: all)) }
        #expect(Disclosure.allowed(RecipientKind.youthJustice) == Disclosure.allowed(Reader.youthJustice))
    }

    /// A story in which every fact is known.
    private static func full() -> Story {
        var story = Story()
        story.tell(.admitted(test: .positive), "05-01 14:00")
        story.tell(
            .assessed {
                $0.onOst = true
                $0.mixedUse = true
                $0.overdoseSelf = .withinAYear
                $0.detoxCompletedOn = date("2026-05-30")
                $0.wingRegime = .recoveryWing
            }, "05-02 10:00")
        story.tell(.consent(.drugService), "05-02 10:05")
        story.tell(.consent(.supervision), "05-02 10:06")
        story.tell(.kit(.gate, expiry: "2026-10-01"), "05-03 10:00")
        story.tell(
            .planned("2026-06-05") {
                $0.address = .of(.family, "LS9 7FL")
                $0.appointment = .at("06-05 14:00")
            }, "05-10 09:00")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.settle()
        return story
    }

    @Test("a supervision body has exactly the fields it may have, and no health word")
    func supervisionBody() {
        let out = Self.full().supervision.last
        #expect(
            out?.names("") == [
                "handoverId", "version", "supersedes", "kind", "priority", "sentAt", "ackDueAt", "person", "release",
                "thn",
                "actions", "keyMessages", "dq", "say",
            ])
        #expect(out?.names("person") == ["name", "dob", "noms", "crn", "pnc", "postcode", "nfa"])
        #expect(out?.names("release") == ["at", "prison", "class", "reason", "supervision", "officeCode"])
        #expect(out?.names("thn") == ["kitAtRelease", "trained"])
        #expect(out?.texts("keyMessages") == ["KM-02", "KM-03", "KM-01", "KM-12", "KM-19"])
        #expect(out?.texts("actions") == ["ASK_ABOUT_KIT", "ALIGN_FIRST_APPOINTMENT"])
        let words = out.map { "\($0.body)" } ?? ""
        for leak in ["9434765919", "OST", "DETOX", "NX4471", "MDI-26", "NYXOID", "OVERDOSE"] {
            #expect(!words.contains(leak), "\(leak)")
        }
    }

    @Test("a drug-service body has the fields of the specification's example")
    func drugBody() {
        let out = Self.full().drug.last
        #expect(
            out?.names("") == [
                "handoverId", "version", "supersedes", "kind", "priority", "sentAt", "ackDueAt", "contactDueAt",
                "person",
                "release", "thn", "risk", "actions", "keyMessages", "dq", "say",
            ])
        #expect(out?.names("person") == ["name", "dob", "noms", "nhsNumber", "postcode", "nfa"])
        #expect(out?.names("release") == ["at", "prison", "class"])
        #expect(out?.text("release.at") == "2026-06-05T09:15:00+01:00")
        #expect(out?.texts("risk") == ["ON_OST", "RECENT_DETOX", "RECENT_OVERDOSE", "FRIDAY"])
        #expect(
            out?.texts("actions") == [
                "COMPLETE_TRAINING", "PRESCRIBER_SAME_DAY", "SWAP_KIT", "OFFER_FAMILY_TRAINING",
            ])
        let words = out.map { "\($0.body)" } ?? ""
        for leak in ["X026350", "2003/0062845E", "CRD", "LICENCE"] { #expect(!words.contains(leak), "\(leak)") }
    }

    @Test("say holds the words of every code in the body and the catalogue's version")
    func say() {
        for out in Self.full().outbound where out.kind != .stoodDown && out.kind != nil {
            let codes = out.texts("keyMessages") + out.texts("actions")
            #expect(out.names("say") == ["catalogue"] + codes)
            #expect(out.text("say.catalogue") == KeyMessageCatalogue.builtIn.version)
            #expect(codes.allSatisfy { out.text("say.\($0)")?.isEmpty == false })
        }
    }

    @Test("tasks on hub.tasks say nothing of the person")
    func tasks() {
        var story = ReleaseStories.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.settle()
        let phone = story.tasks("PHONE_NOW").first
        #expect(phone?.destination == .hubTask)
        #expect(
            phone?.names("") == [
                "taskId", "code", "state", "priority", "handoverId", "providerId", "prisonId", "sentAt", "dueAt",
            ])
        #expect(phone.map { "\($0.body)".contains("Z1234BC") } == false)
    }
}

extension OutboundDecision {
    func names(_ path: String) -> [String] {
        guard case .object(let fields)? = path.isEmpty ? body : self[path] else { return [] }
        return fields.map(\.name)
    }
}
