import HandoverRules
import Testing

@Suite("rules: constants are data") struct RuleConstantTests {
    private func rules(_ changes: [String: String]) throws -> Rulebook {
        var rules = Rulebook()
        for (name, value) in changes {
            #expect(try #require(RuleConstant.named(name)).set(value, in: &rules), "\(name) \(value)")
        }
        return rules
    }

    /// Names and values of a rulebook's stored properties, as the language sees them.
    private func fields(_ rules: Rulebook) -> [String: String] {
        var fields: [String: String] = [:]
        for child in Mirror(reflecting: rules).children {
            guard let name = child.label, name != "catalogue" else { continue }
            fields[name] = "\(child.value)"
        }
        return fields
    }

    @Test("every stored constant of the rulebook can be set by one name, and no name sets two")
    func complete() throws {
        let free = RuleConstant.all.filter { !$0.isFixed }
        #expect(Set(RuleConstant.all.map(\.name)).count == RuleConstant.all.count)
        var reached: Set<String> = []
        let standard = fields(.standard)
        for constant in free {
            var changed = Rulebook()
            let now = constant.value(in: .standard)
            let other = try #require(
                ["1", "30", "60", "21", "3", "18", "10:00", "15:30", "2020-02-29"].first {
                    $0 != now && constant.set($0, in: &changed)
                }, "\(constant.name): \(constant.rule)")
            #expect(constant.value(in: changed) == other)
            let names = fields(changed).filter { standard[$0.key] != $0.value }.map(\.key)
            #expect(names.count == 1, "\(constant.name) sets \(names)")
            reached.formUnion(names)
        }
        #expect(reached == Set(standard.keys))
    }

    @Test("a value that the rules cannot work with is refused and changes nothing")
    func bounds() throws {
        for (name, bad) in [
            ("release-hold", "-1"), ("release-hold", "45m"), ("work-ends", "09:00"), ("work-ends", "17:60"),
            ("work-starts", "9:00"), ("record-look-up-every", "0"), ("refusal-messages-max", "6"),
            ("wider-supply-from", "2024-12"), ("urgent-ack", ""), ("lateness", "91"),
        ] {
            var rules = Rulebook()
            let constant = try #require(RuleConstant.named(name))
            #expect(!constant.set(bad, in: &rules), "\(name) \(bad)")
            #expect(constant.value(in: rules) == constant.value(in: .standard))
        }
        #expect(RuleConstant.named("recall-length") == nil)
    }

    @Test("a day on which wider supply becomes lawful is the day from which a prison officer may supply")
    func lawDate() throws {
        for (from, isBreach) in [("2024-12-01", true), ("2023-03-01", false), ("2023-03-02", true)] {
            var story = Story()
            story.rules = try rules(["wider-supply-from": from])
            story.tell(.admitted(), "2023-02-01 14:00")
            story.tell(.kit(.property) { $0.supplierRole = .prisonOfficer }, "2023-03-01 10:00")
            story.tell(.released("2023-03-10 09:15"), "2023-03-10 09:15")
            #expect(story.has("SUPPLIER_ROLE_NOT_PERMITTED") == isBreach, "\(from)")
        }
    }

    @Test("the hold, the urgent clock and the number of messages follow their constants")
    func clocks() throws {
        var story = ReleaseStories.held()
        story.rules = try rules(["release-hold": "30", "urgent-ack": "120", "key-messages-max": "3"])
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 09:44")
        #expect(story.drug.isEmpty)
        story.wait(until: "06-05 09:45")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P1"])
        #expect(story.drug.last?.ackDueAt == time("06-05 11:45"))
        #expect(story.drug.last?.texts("keyMessages").count == 3)
    }
}
