import HandoverRules
import Testing

@Suite("rules: words") struct WordTests {
    /// A release that is told, with a kit of this product, to a person of this language.
    private func told(
        _ product: KitProduct = .nyxoid, language: String?, _ change: (inout KeyMessageCatalogue) -> Void = { _ in }
    ) throws -> OutboundDecision {
        var story = ReleaseStories.held()
        change(&story.rules.catalogue)
        story.rules.keyMessagesMax = 22
        story.record?.language = language
        story.tell(.kit(.gate) { $0.product = product }, "06-05 08:40")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 10:00")
        return try #require(story.drug.last)
    }

    @Test("the wording and version of the catalogue in force go out with the code")
    func wording() throws {
        let body = try told(language: nil) { catalogue in
            catalogue.version = "7"
            catalogue.messages[0].wording = "Changed by data."
            catalogue.actions[.completeTraining] = [.english: "Train, please."]
        }
        #expect(body.text("say.catalogue") == "7")
        #expect(body.text("say.KM-02") == "Changed by data.")
        #expect(body.text("say.COMPLETE_TRAINING") == "Train, please.")
        #expect(body.text("say.KM-02.cy") == nil)
    }

    @Test("each product has its own dosing text; any other product has the text for all")
    func products() throws {
        #expect(try told(.nyxoid, language: nil).text("say.KM-13")?.hasPrefix("Nyxoid:") == true)
        let prenoxad = try #require(try told(.prenoxad, language: nil).text("say.KM-13"))
        #expect(prenoxad.hasPrefix("Prenoxad:") && !prenoxad.contains("Nyxoid"))
        let other = try #require(try told(.other, language: nil).text("say.KM-13"))
        #expect(other.contains("Prenoxad:") && other.contains("Nyxoid:"))
    }

    @Test(
        "a person whose record says Welsh gets the Welsh words beside the English ones, where there are such",
        arguments: ["cy", "CY", "Welsh", "WEL"])
    func welsh(language: String) throws {
        let body = try told(language: language) { catalogue in
            catalogue.messages[0].variants = [.init(.welsh, nil, "Geiriau prawf.")]
            catalogue.actions[.completeTraining] = [.welsh: "Hyfforddiant prawf."]
        }
        guard case .object(let say)? = body["say"] else { throw Missing() }
        let words = Dictionary(uniqueKeysWithValues: say.map { ($0.name, $0.value) })
        #expect(words["KM-02.cy"] == .text("Geiriau prawf."))
        #expect(words["KM-02"] == .text(KeyMessageCatalogue.builtIn.messages[0].wording))
        #expect(words["COMPLETE_TRAINING.cy"] == .text("Hyfforddiant prawf."))
        #expect(words.keys.filter { $0.hasSuffix(".cy") }.count == 2)
    }

    @Test("words are no content: another wording or language makes no new version")
    func noContent() throws {
        var story = ReleaseStories.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 10:00")
        story.rules.catalogue.messages[0].wording = "Other words."
        story.rules.catalogue.version = "2"
        story.tell(.admitted("LEI", .transferred), "06-04 10:00", received: "06-05 11:00")
        #expect(story.drug.count == 1)
    }

    private struct Missing: Error {}
}
