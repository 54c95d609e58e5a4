import EventContracts
import Foundation
import Gateway
import HandoverPipeline
import HandoverRules
import Operations
import Postgres
import Testing

@Suite("PostgreSQL: what operators see and mend on pages", .serialized)
struct OperatorPageTests {
    private static let person = "Z1234BC"
    private static let secret = "CANARY-BODY"

    /// Somebody known, released with nobody told, and two rejected records of theirs.
    private func seed(_ bed: DoorBed) throws -> SourcePosition {
        let spell = UUID()
        try bed.connection.execute(
            "insert into person_state (noms, changes, snapshot) values (\(OperatorPageTests.person), 1, '')")
        try bed.connection.execute(
            """
            insert into outcome (spell, scope, subject, state, reason, released, decided_at)
            values (\(spell), 'DRUG_SERVICE', \(OperatorPageTests.person), 'HUMAN_QUEUE', 'AREA_UNKNOWN', true,
                now() - interval '3 hours')
            """)
        for offset in [Int64(7), 8] {
            try bed.connection.execute(
                """
                insert into rejected (topic, partition, "offset", reason, detail, key, value, headers, record_time)
                values (\(bed.topics.kitEvents), 0, \(offset), 'UNKNOWN_CODE', 'data.issuePoint: <is> no code',
                    \(Array(OperatorPageTests.person.utf8)), \(Array(OperatorPageTests.secret.utf8)), '', now())
                """)
        }
        return SourcePosition(topic: bed.topics.kitEvents, partition: 0, offset: 7)
    }

    private func encode(_ place: SourcePosition) -> String {
        place.description.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    private func state(_ place: SourcePosition, _ bed: DoorBed) throws -> String? {
        try DeadLetters.find(place, on: bed.connection)?.state
    }

    @Test func onThisMachineWithoutATokenThereAreCountsAndNeverAPerson() async throws {
        try await DoorBed.open { bed in
            let place = try seed(bed)
            let browser = PageBrowser(bed)
            for path in ["/people-at-risk", "/rejected", "/tasks", "/governor", "/flow", "/api/people-at-risk"] {
                let reply = try await browser.get(path)
                #expect(reply.status == 200, "\(path) \(reply.status)")
                for word in [OperatorPageTests.person, OperatorPageTests.secret, place.description] {
                    #expect(!reply.text.contains(word), "\(path) shows \(word)")
                }
            }
            #expect(try await browser.get("/people-at-risk").text.contains("Released, and nobody told yet"))
            let counts = try await browser.get("/api/people-at-risk").object
            #expect(counts["people"] as? Int == 1)
            for path in ["/worklist?prison=MDI", "/audit", "/rejected/record?place=\(encode(place))"] {
                #expect(try await browser.get(path).status == 303, "\(path)")
            }
            // What a proxy passes on is not from this machine.
            browser.headers = ["X-Forwarded-For": "192.0.2.1"]
            for path in ["/people-at-risk", "/rejected", "/flow"] {
                #expect(try await browser.get(path).status == 303, "\(path)")
            }
            #expect(try await browser.get("/api/audit/head").status == 401)
        }
    }

    @Test func operatorsSeePeopleAndTheAuditSaysSo() async throws {
        try await DoorBed.open { bed in
            _ = try seed(bed)
            let browser = PageBrowser(bed)
            try await browser.signIn(.ops(.viewer))
            let page = try await browser.get("/people-at-risk?kind=NO_HANDOVER")
            #expect(page.text.contains(OperatorPageTests.person) && page.text.contains("3 h 0 min"))
            #expect(
                try await browser.get("/people-at-risk?kind=REJECTED_EVENT").text.contains(OperatorPageTests.person))
            let seen: Int64 = try bed.connection.query(
                "select count(*) from access_audit where action = 'PEOPLE_AT_RISK'"
            ).only()[0]
            #expect(seen == 2)
            #expect(try await browser.get("/people-at-risk?after=nonsense").status == 400)
        }
    }

    /// Who may do what: one line a deed.
    @Test func aMatrixOfRolesHoldsForEveryDeed() async throws {
        try await DoorBed.open { bed in
            let place = try seed(bed)
            let viewers: [(String, TokenScope, mayLook: Bool, mayAct: Bool)] = [
                ("viewer", .ops(.viewer), true, false), ("recipient", .recipient("prov-leeds"), false, false),
                ("prison", .prisons(["MDI"]), false, false), ("commissioner", .commissioner("c-1"), false, false),
            ]
            for (name, scope, mayLook, mayAct) in viewers {
                let browser = PageBrowser(bed)
                try await browser.signIn(scope)
                // A form token of their own: what stops them is their role.
                let own = PageBrowser.hidden(in: try await browser.get("/sign-in").text, action: "/sign-out")
                #expect(!own.isEmpty, "\(name)")
                for path in [
                    "/people-at-risk", "/rejected", "/rejected/record?place=\(encode(place))", "/audit", "/flow",
                ] {
                    #expect(try await browser.get(path).status == (mayLook ? 200 : 403), "\(name) \(path)")
                }
                for (path, field) in [
                    ("/rejected/body", "because"), ("/rejected/redrive", "because"), ("/rejected/discard", "because"),
                    ("/tasks/\(UUID())/resolution", "by"), ("/tasks/\(UUID())/route", "by"),
                ] {
                    let form = own + [("place", place.description), (field, "why"), ("step", "do")]
                    let reply = try await browser.post(path, form)
                    #expect(reply.status == (mayAct ? 303 : 403), "\(name) \(path) \(reply.status)")
                    #expect(!reply.text.contains(OperatorPageTests.secret))
                }
            }
            #expect(try state(place, bed) == "OPEN")
            // Nobody changes the audit by any route: there is none but GET.
            let routes = bed.gateway.routeNames.filter { $0.contains("audit") }
            #expect(routes.allSatisfy { $0.hasPrefix("GET ") } && routes.count == 2)
        }
    }

    @Test func anOperatorBreaksTheGlassForAReasonOnlyAndTheAuditKeepsIt() async throws {
        try await DoorBed.open { bed in
            let place = try seed(bed)
            let browser = PageBrowser(bed)
            try await browser.signIn(.ops(.operator))
            let page = "/rejected/record?place=\(encode(place))"
            let looked = try await browser.get(page)
            #expect(looked.status == 200 && !looked.text.contains(OperatorPageTests.secret))
            #expect(looked.text.contains("&lt;is&gt; no code"), "escaped")
            let refused = try await browser.fill(page, "/rejected/body", [("because", " ")])
            #expect(refused.status == 400 && !refused.text.contains(OperatorPageTests.secret))
            let shown = try await browser.fill(page, "/rejected/body", [("because", "call 4711")])
            #expect(shown.status == 200 && shown.text.contains(OperatorPageTests.secret))
            let entry = try #require(AuditBook.list(on: bed.connection, action: .bodyView, limit: 5).first)
            #expect(entry.object == place.description && entry.actor.hasPrefix("token:"))
            #expect(entry.details == ["because": "call 4711"])
            #expect(try AuditBook.list(on: bed.connection, action: .bodyView, limit: 5).count == 1)
            // The same form from elsewhere is nobody's.
            let forged = try await browser.post("/rejected/body", [("place", place.description), ("because", "x")])
            #expect(forged.status == 403)
            #expect(try await browser.get("/audit").text.contains("call 4711"))
        }
    }

    @Test func redriveAndDiscardTakeTwoSteps() async throws {
        try await DoorBed.open { bed in
            let place = try seed(bed)
            let browser = PageBrowser(bed)
            try await browser.signIn(.ops(.operator))
            let other = SourcePosition(topic: place.topic, partition: 0, offset: 8)
            let later = "/rejected/record?place=\(encode(other))"
            let behind = try await browser.fill(later, "/rejected/redrive", [("because", "mended")])
            #expect(behind.text.contains("redrive or discard \(place) first"))
            #expect(!behind.text.contains(#"name="step""#), "nothing to confirm")
            // Both, chosen by their reason.
            let list = "/rejected?reason=UNKNOWN_CODE"
            let plan = try await browser.fill(list, "/rejected/redrive", [("because", "mended")])
            #expect(plan.status == 200 && plan.text.contains("Nothing was sent yet. 2 would be"))
            #expect(try state(place, bed) == "OPEN" && bed.records(on: place.topic).isEmpty)
            let confirm = PageBrowser.hidden(in: plan.text, action: "/rejected/redrive")
            let done = try await browser.post("/rejected/redrive", confirm + [("because", "mended")])
            #expect(done.status == 303 && done.headers["location"] == "/rejected?sent=2")
            #expect(try state(place, bed) == "REDRIVEN")
            let records = try bed.records(on: place.topic)
            #expect(
                records.map(\.value) == [Array(OperatorPageTests.secret.utf8), Array(OperatorPageTests.secret.utf8)])
            let audit = try AuditBook.list(on: bed.connection, action: .redrive, limit: 5)
            #expect(audit.map { $0.details?["step"] } == ["done", "intended", "done", "intended"])
            #expect(try await browser.get("/rejected?sent=2").text.contains("2 sent again"))
            // A record that is dealt with offers nothing more.
            let settled = try await browser.get(later)
            #expect(!settled.text.contains("/rejected/discard"))
        }
    }

    @Test func aDiscardIsShownFirstThenDoneOnceAndCannotBeDoneTwice() async throws {
        try await DoorBed.open { bed in
            let place = try seed(bed)
            let browser = PageBrowser(bed)
            try await browser.signIn(.ops(.operator))
            let page = "/rejected/record?place=\(encode(place))"
            let first = try await browser.fill(page, "/rejected/discard", [("because", "a <test>")])
            #expect(first.text.contains("Nothing was changed yet") && first.text.contains("a &lt;test&gt;"))
            #expect(try state(place, bed) == "OPEN")
            let form = [
                ("formToken", PageBrowser.hidden(in: first.text, action: "/rejected/discard").first?.1 ?? ""),
                ("place", place.description), ("because", "a <test>"), ("step", "do"),
            ]
            #expect(try await browser.post("/rejected/discard", form).status == 303)
            #expect(try state(place, bed) == "DISCARDED")
            #expect(try await browser.post("/rejected/discard", form).status == 409)
            #expect(try AuditBook.list(on: bed.connection, action: .discard, limit: 5).count == 1)
        }
    }

    @Test func tasksAreListedAndAnsweredByOperators() async throws {
        try await DoorBed.open { bed in
            let id = try bed.seedQueuedTask()
            try await bed.settle()
            let deadline = Date(timeIntervalSinceNow: 20)
            while try bed.connection.query("select 1 from door_task").isEmpty, Date() < deadline {
                try await Task.sleep(for: .milliseconds(50))
            }
            let path = "/tasks/\(id.uuidString.lowercased())"
            let passer = try await PageBrowser(bed).get("/tasks")
            #expect(passer.text.contains("HUMAN_QUEUE") && !passer.text.contains(path))
            let browser = PageBrowser(bed)
            try await browser.signIn(.ops(.operator))
            #expect(try await browser.get("/tasks?prison=MDI").text.contains(path))
            #expect(try await !browser.get("/tasks?prison=LEI").text.contains(path))
            let wrong = try await browser.fill(
                path, path + "/route", [("scope", "DRUG_SERVICE"), ("provider", "nobody")])
            #expect(wrong.status == 400 && wrong.text.contains("There is a problem"))
            let unfit = try await browser.fill(
                path, path + "/route",
                [("scope", "DRUG_SERVICE"), ("provider", "ps-yh"), ("reason", "near"), ("approver", "ROUTING/7f2")])
            #expect(unfit.status == 400)
            let routed = try await browser.fill(
                path, path + "/route",
                [
                    ("scope", "DRUG_SERVICE"), ("provider", "prov-leeds"), ("reason", "near"),
                    ("approver", "ROUTING/7f2"),
                ])
            #expect(routed.status == 303, "\(routed.text)")
            let closed = try await browser.fill(
                path, path + "/resolution", [("outcome", "DONE"), ("by", "ROUTING/7f2")])
            #expect(closed.status == 303, "\(closed.text)")
            #expect(try bed.records(on: bed.topics.decisions).count == 2)
            let audit = try AuditBook.list(on: bed.connection, limit: 9).map(\.action)
            #expect(audit.contains("TASK_ASSIGN") && audit.contains("TASK_RESOLVE"))
        }
    }

    @Test func aPrisonSeesItsOwnWorklistAndNobodyElses() async throws {
        try await DoorBed.open { bed in
            let browser = PageBrowser(bed)
            try await browser.signIn(.prisons(["MDI"]))
            #expect(try await browser.get("/worklist").text.contains("Worklist, MDI"))
            #expect(try await browser.get("/worklist?prison=LEI").status == 403)
            #expect(try await browser.get("/governor?prison=LEI").status == 403)
            #expect(try await browser.get("/governor").text.contains("Governor&#39;s report, MDI"))
            #expect(try await browser.get("/flow").status == 403)
            let operators = PageBrowser(bed)
            try await operators.signIn(.ops(.viewer))
            #expect(try await operators.get("/worklist?prison=LEI").status == 200)
            #expect(try await operators.get("/flow").text.contains("What each kind may know"))
        }
    }
}

@Suite("PostgreSQL: the doors keep the audit", .serialized)
struct DoorAuditTests {
    @Test func usesOfTokensAndTheSettingsInForceAreChainedByTheDoors() async throws {
        try await DoorBed.open { bed in
            let token = try bed.token(.recipient("prov-leeds"))
            #expect(try await bed.ask("GET", "/v1/handovers", token: token).status == 200)
            func actions() throws -> Set<String> {
                Set(try AuditBook.list(on: bed.connection, limit: 50).map(\.action))
            }
            let deadline = Date(timeIntervalSinceNow: 25)
            while try actions() != ["SETTINGS", "ACCESS"], Date() < deadline {
                try await Task.sleep(for: .milliseconds(100))
            }
            let entries = try AuditBook.list(on: bed.connection, limit: 50)
            #expect(Set(entries.map(\.action)) == ["SETTINGS", "ACCESS"])
            let access = try #require(entries.first { $0.action == "ACCESS" })
            #expect(access.details?.contains { $0.key.hasSuffix(" USE") && $0.value == "1 reads, 0 items" } == true)
            #expect(entries.first { $0.action == "SETTINGS" }?.details == ["hub.group": "doors"])
            let head = try await bed.ask("GET", "/api/audit/head", token: bed.token(.ops(.viewer)))
            #expect((head.object["seq"] as? Int ?? 0) >= 2)
            #expect(try AuditBook.verify(on: bed.connection).isIntact)
        }
    }
}
