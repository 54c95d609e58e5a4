import ExactlyOnceKafka
import Foundation
import Gateway
import HandoverRules
import Postgres
import Testing

@Suite("HTTP: the provider's inbox", .serialized)
struct InboxTests {
    @Test func whatWaitsComesFirstByPriorityAndWhatIsOverdueSaysSo() async throws {
        try await DoorBed.open { bed in
            try bed.seed(SeededHandover(name: "Third Example", priority: 3), to: "prov-leeds", offset: 1)
            try bed.seed(SeededHandover(name: "Late Example", dueIn: -180), to: "prov-leeds", offset: 2)
            try bed.seed(SeededHandover(name: "Urgent Example"), to: "prov-leeds", offset: 3)
            let stopped = try bed.seed(SeededHandover(name: "Stopped Person"), to: "prov-leeds", offset: 4)
            try bed.seed(.stop(stopped, version: 2, reason: "RETURNED_TO_CUSTODY"), to: "prov-leeds", offset: 5)
            try await bed.shown(5)
            let browser = PageBrowser(bed)
            try await browser.signIn(.recipient("prov-leeds"))
            let text = try await browser.get("/inbox").text
            let places = ["Late Example", "Urgent Example", "Third Example", "S. P."].map {
                text.range(of: $0)?.lowerBound
            }
            #expect(places.allSatisfy { $0 != nil }, "\(text)")
            #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted())
            #expect(text.contains("Overdue by 3 hours"))
            #expect(text.contains("3 wait for an answer, 1 of them overdue."))
            #expect(text.contains("The person is back in custody"))
            #expect(!text.contains("Stopped Person"), "what was stopped shows initials only")
            #expect(text.contains("Handovers for Example Recovery, Leeds"))
            let seen = try bed.connection.query("select items from access_audit where action = 'INBOX'")
            #expect(try seen.map { try $0[0] as Int32 } == [4])
        }
    }

    @Test func theDetailSaysInPlainWordsWhatToDoAndWhatToSay() async throws {
        try await DoorBed.open { bed in
            let id = try bed.seed(SeededHandover(), to: "prov-leeds", offset: 1)
            try await bed.shown(1)
            let browser = PageBrowser(bed)
            try await browser.signIn(.recipient("prov-leeds"))
            let text = try await browser.get("/inbox/\(id)").text
            for words in [
                "Supply a naloxone kit within 24 hours.", "Your tolerance is lower now.",
                #"<p lang="cy">Geiriau Cymraeg.</p>"#, "No. Treat the person as having no kit",
                "In part", "Signs of an overdose", "Afraid of needles", "No fixed address", "Urgent (P1)",
                "Sat 11 February 1989",
            ] { #expect(text.contains(words), "\(words)") }
            let seen = try bed.connection.query("select items from access_audit where action = 'INBOX_READ'")
            #expect(seen.count == 1)
        }
    }

    @Test func namesAreTextWhateverTheyHold() async throws {
        try await DoorBed.open { bed in
            // A combining mark after the quote: escaping by character would let the quote pass.
            let names = [
                "<script>alert(1)</script>", "\"\u{301} onfocus=x autofocus=\"", "{{title}}{{{main}}}", "&lt;b&gt;",
            ]
            for (index, name) in names.enumerated() {
                try bed.seed(
                    SeededHandover(name: name, actions: ["<img src=x>"], messages: ["\"><i>"]), to: "prov-leeds",
                    offset: Int64(index))
            }
            try await bed.shown(Int64(names.count))
            let browser = PageBrowser(bed)
            try await browser.signIn(.recipient("prov-leeds"))
            let list = try await browser.get("/inbox").text
            var pages = [list]
            for match in list.matches(of: #/href="(/inbox/[0-9a-f-]{36})"/#) {
                pages.append(try await browser.get(String(match.1)).text)
            }
            #expect(pages.count == names.count + 1)
            for page in pages {
                #expect(!page.contains("<script") && !page.contains("<img src=x") && !page.contains("<i>"))
                #expect(!hasRawQuote(page))
            }
            #expect(list.contains("&lt;script&gt;") && list.contains("{{title}}") && list.contains("&amp;lt;b"))
        }
    }

    /// A quote mark that ended an attribute early would stand bare before the combining mark.
    private func hasRawQuote(_ page: String) -> Bool {
        let scalars = Array(page.unicodeScalars)
        return scalars.indices.dropLast().contains { scalars[$0] == "\"" && scalars[$0 + 1] == "\u{301}" }
    }

    @Test func nobodySeesAnothersHandoverAndNobodyWithoutASessionAny() async throws {
        try await DoorBed.open { bed in
            let id = try bed.seed(SeededHandover(name: "Foreign Person"), to: "ps-yh", offset: 1)
            try await bed.shown(1)
            let browser = PageBrowser(bed)
            try await browser.signIn(.recipient("prov-leeds"))
            #expect(try await !browser.get("/inbox").text.contains("Foreign"))
            let reply = try await browser.get("/inbox/\(id)")
            #expect(reply.status == 404 && !reply.text.contains("Foreign"))
            let token = PageBrowser.hidden(in: reply.text, action: "/sign-out")
            let answer = token + [("formKey", "k"), ("version", "1"), ("decision", "ACCEPTED")]
            #expect(try await browser.post("/inbox/\(id)/acknowledgement", answer).status == 404)
            let nobody = PageBrowser(bed)
            let turned = try await nobody.get("/inbox?show=waiting")
            #expect(turned.status == 303 && turned.headers["location"] == "/sign-in?next=%2Finbox%3Fshow%3Dwaiting")
            #expect(try await nobody.post("/inbox/\(id)/acknowledgement", answer).status == 401)
            for scope in [TokenScope.prisons(["MDI"]), .commissioner("ps-yh"), .ops(.operator)] {
                let other = PageBrowser(bed)
                try await other.signIn(scope)
                #expect(try await other.get("/inbox").status == 403, "\(scope.text)")
                #expect(try await other.get("/inbox/\(id)").status == 403, "\(scope.text)")
            }
            #expect(try bed.records(on: bed.topics.communityResponses).isEmpty)
        }
    }

    @Test func aTeamSeesTheHandoversOfItsOffice() async throws {
        try await DoorBed.open { bed in
            try bed.connection.execute(
                """
                insert into office values ('YHLDS01', 'ps-yh', 'E08000035', 'Leeds West'),
                    ('YHLDS02', 'ps-yh', 'E08000035', 'Leeds East')
                """)
            try bed.seed(SeededHandover(name: "West Example", office: "YHLDS01"), to: "ps-yh", offset: 1)
            try bed.seed(SeededHandover(name: "East Example", office: "YHLDS02"), to: "ps-yh", offset: 2)
            try await bed.shown(2)
            let browser = PageBrowser(bed)
            try await browser.signIn(.recipient("ps-yh"))
            let all = try await browser.get("/inbox").text
            #expect(all.contains("West Example") && all.contains("East Example") && all.contains("Leeds East"))
            let west = try await browser.get("/inbox?office=YHLDS01").text
            #expect(west.contains("West Example") && !west.contains("East Example"))
        }
    }

    @Test func manyHandoversComePageByPage() async throws {
        try await DoorBed.open { bed in
            for index in 0..<45 {
                try bed.seed(SeededHandover(name: "Person \(index)."), to: "prov-leeds", offset: Int64(index))
            }
            try await bed.shown(45)
            let browser = PageBrowser(bed)
            try await browser.signIn(.recipient("prov-leeds"))
            var found: Set<String> = []
            for page in 1...3 {
                let text = try await browser.get("/inbox?page=\(page)").text
                #expect(text.contains("Page \(page) of 3, 45 handovers"))
                #expect(text.contains(#"rel="next""#) == (page < 3))
                found.formUnion(text.matches(of: #/Person \d+\./#).map { String($0.0) })
            }
            #expect(found.count == 45)
        }
    }

    @Test func aFormSentTwiceIsOneEventAndAnotherAnswerIsAnother() async throws {
        try await DoorBed.open { bed in
            let id = try bed.seed(SeededHandover(), to: "prov-leeds", offset: 1)
            try await bed.shown(1)
            let browser = PageBrowser(bed)
            try await browser.signIn(.recipient("prov-leeds"))
            let path = "/inbox/\(id.uuidString.lowercased())"
            let action = path + "/acknowledgement"
            let hidden = PageBrowser.hidden(in: try await browser.get(path).text, action: action)
            #expect(hidden.map(\.0) == ["formToken", "formKey", "version"])
            let accept = hidden + [("decision", "ACCEPTED")]
            #expect(try await browser.post(action, accept).headers["location"] == path + "?done=accepted")
            #expect(try await browser.post(action, accept).status == 303)
            let reject = hidden + [("decision", "REJECTED"), ("rejectReason", "CAPACITY")]
            #expect(try await browser.post(action, reject).status == 303)
            let records = try bed.records(on: bed.topics.communityResponses)
            #expect(records.count == 3)
            #expect(records[0].header("ce_id") == records[1].header("ce_id"))
            #expect(records[0].value == records[1].value, "the same id must be the same event")
            #expect(records[0].header("ce_id") != records[2].header("ce_id"))
            let text = try await browser.get(path + "?done=accepted").text
            #expect(text.contains("You accepted this person") && text.contains("is being recorded"))
        }
    }

    @Test func whatIsMissingIsToldBesideItsFieldAndWhatWasEnteredStays() async throws {
        try await DoorBed.open { bed in
            let id = try bed.seed(SeededHandover(), to: "prov-leeds", offset: 1)
            try await bed.shown(1)
            let browser = PageBrowser(bed)
            try await browser.signIn(.recipient("prov-leeds"))
            let path = "/inbox/\(id.uuidString.lowercased())"
            let none = try await browser.fill(path, path + "/acknowledgement", [])
            #expect(none.status == 400 && none.text.contains(##"<a href="#decision">"##))
            let reason = try await browser.fill(path, path + "/acknowledgement", [("decision", "REJECTED")])
            #expect(reason.status == 400 && reason.text.contains(##"<a href="#rejectReason">"##))
            let empty = try await browser.fill(
                path, path + "/engagement", [("kmReinforced", "KM-03"), ("when", "2126-01-01T10:00")])
            #expect(empty.status == 400 && empty.text.contains(##"<a href="#outcome">"##))
            #expect(empty.text.contains(##"<a href="#when">"##))
            #expect(empty.text.contains(#"id="said-KM-03" value="KM-03" checked"#))
            #expect(try bed.records(on: bed.topics.communityResponses).isEmpty)
            let good = try await browser.fill(
                path, path + "/engagement",
                [
                    ("outcome", "ATTENDED"), ("kitSeen", "FIRST_SUPPLY"), ("kmReinforced", "KM-02"),
                    ("kmReinforced", "KM-03"), ("when", "2026-06-05T15:00"),
                ])
            #expect(good.status == 303, "\(good.text)")
            let record = try #require(try bed.records(on: bed.topics.communityResponses).first)
            let data = try #require(try JSONSerialization.jsonObject(with: Data(record.value ?? [])) as? [String: Any])
            #expect(data["outcome"] as? String == "ATTENDED" && data["kitSeen"] as? String == "FIRST_SUPPLY")
            #expect(data["kmReinforced"] as? [String] == ["KM-02", "KM-03"])
            #expect(data["at"] as? String == "2026-06-05T15:00:00+01:00")
        }
    }

    @Test func aTaskIsClosedFromItsPage() async throws {
        try await DoorBed.open { bed in
            try bed.lease(partition: 0, publishedThrough: 1000)
            let task = try bed.seedTask(
                topic: bed.topics.prefix + "prison.tasks.MDI",
                body: { #"{"taskId":"\#($0.uuidString.lowercased())","state":"OPEN","noms":"Z1234BC"}"# }, offset: 3)
            try await bed.shown(1)
            let browser = PageBrowser(bed)
            try await browser.signIn(.prisons(["MDI"]))
            let action = "/inbox/tasks/\(task.uuidString.lowercased())/resolution"
            #expect(try await browser.get("/inbox/tasks").text.contains("Z1234BC"))
            let reply = try await browser.fill("/inbox/tasks", action, [("outcome", "DONE")])
            #expect(reply.status == 303, "\(reply.text)")
            let record = try #require(try bed.records(on: bed.topics.decisions).first)
            #expect(record.header("ce_source") == Array("/prisons/MDI/http".utf8))
            #expect(try await browser.get("/inbox/tasks").text.contains("Your answer is being recorded"))
            let other = PageBrowser(bed)
            try await other.signIn(.prisons(["LEI"]))
            #expect(try await !other.get("/inbox/tasks").text.contains("Z1234BC"))
        }
    }
}
