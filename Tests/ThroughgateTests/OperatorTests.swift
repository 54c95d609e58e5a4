import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

@Suite("local broker: operators explain, route by hand and resolve tasks", .serialized)
struct OperatorTests {
    private func json(_ result: Program.Result) throws -> JSONValue {
        try JSONReader.read(Array(result.output.utf8)).root
    }

    private func list(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let values)? = value?.content { values } else { [] }
    }

    @Test("a release that nobody can route is explained, routed by hand, sent, and its task is closed")
    func routeByHand() throws {
        let hub = try WholeHub()
        try hub.start()
        try hub.tell(
            WholeHub.release("Z1234AB", "0") + WholeHub.release("Z1234AC", "1", consent: "REFUSED")
                + WholeHub.release("Z1234AD", "2", address: #","address":{"postcode":"LS9 7FL","status":"FAMILY"}"#))
        try hub.wait { try hub.count("select count(*) from message where recipient_kind is not null") >= 2 }

        // The person without an address stands in the human queue.
        let tasks = list(try json(hub.run(["tasks", "list", "--code", "HUMAN_QUEUE", "--json"]))["tasks"])
        let queued = try #require(tasks.first)
        #expect(queued["state"]?.string == "OPEN" && queued["prisonId"]?.string == "MDI")
        let taskID = try #require(queued["taskId"]?.string)
        let text = try hub.run(["tasks", "list", "--prison", "MDI"])
        #expect(text.output.contains("HUMAN_QUEUE") && text.output.contains(taskID))
        #expect(!text.output.contains("Z1234AB"))

        let explained = list(try json(hub.run(["explain", "--person", "Z1234AB", "--json"]))["decisions"])
        let rules = explained.map { "\($0["rule"]?.string ?? "") \($0["outcome"]?.string ?? "")" }
        #expect(rules.first == "custody.received APPLIED")
        #expect(rules.contains("scope.DRUG_SERVICE HUMAN_QUEUE") && rules.contains("task.HUMAN_QUEUE OPENED"))
        let sent = list(try json(hub.run(["explain", "--person", "Z1234AD", "--json"]))["decisions"])
        #expect(sent.contains { list($0["dataQuality"]).contains { $0.string == "RECORD_MISSING" } })

        let refused = list(try json(hub.run(["explain", "--person", "Z1234AC", "--json"]))["decisions"])
        #expect(
            refused.contains { $0["outcome"]?.string == "SUPPRESSED" && $0["reason"]?.string == "NO_CONSENT" })

        // Wrong input is refused before anything is published.
        let events = try hub.count("select count(*) from event")
        func assign(_ provider: String, _ more: [String] = ["--person", "Z1234AB"], expecting status: Int32) throws {
            try hub.run(
                [
                    "tasks", "assign", "--scope", "DRUG_SERVICE", "--provider", provider, "--reason", "nearest",
                    "--approver", "ROUTING/7f2",
                ] + more, expecting: status)
        }
        try assign("nobody", expecting: 65)
        try assign("ps-yh", expecting: 65)
        try assign("prov-bradford", ["--person", "Z9999ZZ"], expecting: 65)
        try assign("prov-bradford", ["--spell", UUID().uuidString], expecting: 65)
        try hub.run(
            ["tasks", "resolve", UUID().uuidString, "--outcome", "DONE", "--by", "ROUTING/7f2"], expecting: 65)

        let spell = try #require(queued["spell"]?.string)
        try assign("prov-bradford", ["--spell", spell], expecting: 0)
        try hub.wait {
            try hub.count("select count(*) from message where recipient_id = 'prov-bradford'") == 1
        }
        #expect(try hub.count("select count(*) from event") == events + 1)
        // One of the two scopes has a recipient now; somebody says that the other needs none.
        func open() throws -> [JSONValue] {
            list(try json(hub.run(["tasks", "list", "--code", "HUMAN_QUEUE", "--json"]))["tasks"])
        }
        let left = try #require(open().first)
        #expect(try open().count == 1 && tasks.count == 2)
        #expect(list(left["scopes"]).map(\.string) == ["SUPERVISION"])
        let leftID = try #require(left["taskId"]?.string)
        try hub.run(["tasks", "resolve", leftID, "--outcome", "NOT_NEEDED", "--by", "ROUTING/7f2"])
        try hub.wait { try open().isEmpty }
        let closed = list(try json(hub.run(["tasks", "list", "--all", "--json"]))["tasks"])
        let task = try #require(closed.first { $0["taskId"]?.string == leftID })
        #expect(task["state"]?.string == "CLOSED" && task["outcome"]?.string == "NOT_NEEDED")
        #expect(task["closedAt"]?.string != nil)
        try hub.run(["tasks", "resolve", leftID, "--outcome", "DONE", "--by", "ROUTING/7f2"], expecting: 65)
    }

    @Test("the task of a webhook that was given up is listed and resolved by command, and a replay leaves it alone")
    func webhookTask() throws {
        let hub = try WholeHub()
        try hub.handOver()
        let row = try hub.connection.query(
            """
            select stream_id, version, recipient_id, priority, spell from message where recipient_kind = 'drug-service'
            """
        ).only()
        let given = try DeadLetterTask(row: row)
        try hub.connection.transaction { session in
            try given.raise(
                now: Instant(milliseconds: MachineClock.now().milliseconds), topics: Topics(prefix: hub.topicPrefix),
                on: session)
        }
        let id = given.id.uuidString.lowercased()
        func task(_ more: String) throws -> JSONValue? {
            list(try json(hub.run(["tasks", "list", "--code", "PHONE_NOW", "--json", more]))["tasks"])
                .first { $0["taskId"]?.string == id }
        }
        #expect(try task("--open") != nil)
        try hub.run(["tasks", "resolve", id, "--outcome", "DONE", "--by", "DUTY/7f2"])
        try hub.wait { try hub.count("select count(*) from webhook_task where closes") == 1 }
        #expect(try task("--open") == nil)
        #expect(try task("--all")?["outcome"]?.string == "DONE")
        hub.stop()
        try hub.run(["replay", "--run"])
        #expect(try task("--all")?["outcome"]?.string == "DONE")
        #expect(try hub.count("select count(*) from webhook_task") == 2)
        #expect(try hub.count("select count(*) from rejected") == 0)
    }

    @Test("a handover and an event are explained: what they rest on, what came of them; unknown ids name the remedy")
    func explainIDs() throws {
        let hub = try WholeHub()
        try hub.handOver()
        let row = try hub.connection.query(
            "select stream_id::text, caused_by::text from message where recipient_kind = 'drug-service'"
        ).only()
        let handover = list(
            try json(hub.run(["explain", "--handover", try row.text(0), "--json"]))["decisions"])
        let version = try #require(handover.first { $0["rule"]?.string == "handover.drug-service" })
        #expect(version["outcome"]?.string == "RELEASED" && version["recipient"]?.string == "prov-leeds")
        #expect(version["reason"]?.string == "release.actual")
        #expect(handover.contains { $0["rule"]?.string == "release.actual" && $0["outcome"]?.string == "APPLIED" })
        #expect(!handover.contains { $0["rule"]?.string == "handover.supervision" })
        let event = list(try json(hub.run(["explain", "--event", try row.text(1), "--json"]))["decisions"])
        #expect(event.contains { $0["rule"]?.string == "handover.drug-service" })

        let text = try hub.run(["explain", "--handover", try row.text(0)]).output
        #expect(text.contains("prov-leeds") && !text.contains("Z1234AD") && !text.contains("LS9"))

        for arguments in [
            ["--person", "Z9999ZZ"], ["--event", UUID().uuidString], ["--handover", UUID().uuidString],
        ] {
            let result = try hub.run(["explain"] + arguments, expecting: 65)
            #expect(result.output.isEmpty && !result.errors.contains("Z9999ZZ"))
        }
        try hub.run(["explain", "--person", "Z12"], expecting: 64)
    }

    @Test("a rejected event is explained by its id with the reason")
    func explainRejected() throws {
        let hub = try WholeHub()
        try hub.start()
        let id = UUID()
        let first = WholeHub.event(
            "release.cancelled", "Z1234AB", "08:00", #""planId":"p","planVersion":1,"reason":"ERROR""#, id: id)
        let second = first.replacing("ERROR", with: "OTHER")
        try hub.tell([first])
        try hub.run(["publish", "-"], input: second + "\n")
        try hub.wait { try hub.count("select count(*) from rejected") == 1 }
        let decisions = list(try json(hub.run(["explain", "--event", id.uuidString, "--json"]))["decisions"])
        #expect(decisions.last?["outcome"]?.string == "REJECTED")
        #expect(decisions.last?["reason"]?.string == "ID_CONFLICT")
        #expect(decisions.count == 2)
        // Its prison's task stands among all others, and an operator's word closes it.
        func tasks() throws -> [JSONValue] {
            list(try json(hub.run(["tasks", "list", "--prison", "MDI", "--json"]))["tasks"])
        }
        let task = try #require(tasks().first { $0["code"]?.string == "EVENT_REJECTED" })
        #expect(task["state"]?.string == "OPEN" && task["dueAt"]?.string != nil && task["spell"]?.string == nil)
        let taskID = try #require(task["taskId"]?.string)
        #expect(try hub.run(["tasks", "list", "--code", "EVENT_REJECTED"]).output.contains(taskID))
        try hub.run(["tasks", "resolve", taskID, "--outcome", "DONE", "--by", "THN_LEAD/7f2"])
        try hub.wait { try tasks().isEmpty }
        let closed = list(try json(hub.run(["tasks", "list", "--all", "--json"]))["tasks"])
        #expect(closed.first { $0["taskId"]?.string == taskID }?["outcome"]?.string == "DONE")
    }

    @Test("an import that comes late sends and corrects what went without it")
    func lateImport() throws {
        let hub = try WholeHub()
        try hub.start()
        try hub.tell(
            WholeHub.release("Z1234AB", "0")
                + WholeHub.release("Z1234AD", "2", address: #","address":{"postcode":"LS9 7FL","status":"FAMILY"}"#))
        try hub.wait {
            try hub.count("select count(*) from message where recipient_kind is not null") == 2
                && hub.count("select count(*) from record_due") == 0
        }
        let said = try hub.run(
            ["import", "people", "-"],
            input: """
                noms_number,name,date_of_birth,postcode,address_status
                Z1234AB,A Trial,1990-01-01,BD1 1AA,OWN
                Z1234AD,D Trial,1990-01-01,LS9 7FL,FAMILY
                Z1234AZ,Z Trial,1990-01-01,LS9 7FL,FAMILY

                """)
        #expect(said.output.contains("2 people with a live spell are looked at again (2 reference.changed published)"))
        try hub.wait {
            try hub.count("select count(*) from message where recipient_id = 'prov-bradford'") == 1
                && hub.count("select count(*) from message where recipient_id = 'prov-leeds' and version = 2") == 1
        }
        let body = String(
            decoding: try hub.connection.query(
                "select body from message where recipient_id = 'prov-leeds' and version = 2"
            ).only().bytes(0),
            as: UTF8.self)
        #expect(body.contains("D Trial") && body.contains("CORRECTION"))
        #expect(try hub.count("select count(*) from outbox") == 0)
    }

    @Test("another hold and other words are in force from the hub's next batch, without a restart")
    func rulesInForce() throws {
        let hub = try WholeHub(hold: "45m")
        try hub.start()
        let leeds = #","address":{"postcode":"LS9 7FL","status":"FAMILY"}"#
        try hub.tell(WholeHub.release("Z1234AD", "0", address: leeds))
        #expect(try hub.count("select count(*) from message where recipient_kind is not null") == 0)
        try hub.run(["import", "rules", "-"], input: "name,value\nrelease-hold,0\n")
        try hub.run(
            ["import", "key-messages", "-"],
            input: "id,audience,triggers,wording,version\nKM-02,PDC,eligible,Other words.,2\n")
        try hub.tell(WholeHub.release("Z1234AE", "2", address: leeds))
        try hub.wait { try hub.count("select count(*) from message where recipient_kind = 'drug-service'") == 1 }
        let body = String(
            decoding: try hub.connection.query(
                "select body from message where recipient_kind = 'drug-service' and subject = 'Z1234AE'"
            ).only().bytes(0), as: UTF8.self)
        #expect(body.contains(#""catalogue":"2/1""#) && body.contains(#""KM-02":"Other words.""#))
    }

    @Test(
        "a replay finds nothing to say; after a rule changed it shows what would be said, and a run has the hub say it")
    func replay() throws {
        let hub = try WholeHub()
        try hub.start()
        let leeds = #","address":{"postcode":"LS9 7FL","status":"FAMILY"}"#
        try hub.tell(WholeHub.release("Z1234AD", "2", address: leeds))
        try hub.wait { try hub.count("select count(*) from message where recipient_kind is not null") == 2 }
        func replay(_ how: String) throws -> JSONValue { try json(hub.run(["replay", how, "--json"])) }
        func number(_ value: JSONValue?) -> Int64? {
            if case .int(let number)? = value?.content { number } else { nil }
        }

        let quiet = try replay("--preview")
        #expect(number(quiet["people"]) == 1 && number(quiet["different"]) == 0)
        #expect(number(quiet["send"]) == 0 && number(quiet["withdraw"]) == 0)

        try hub.run(["import", "rules", "-"], input: "name,value\nkey-messages-max,3\n")
        let before = try hub.count("select count(*) from event")
        let shown = try replay("--preview")
        #expect(number(shown["send"]) == 2 && number(shown["toBeTold"]) == 1)
        let change = try #require(list(shown["changes"]).first { $0["recipient"]?.string == "prov-leeds" })
        #expect(change["outcome"]?.string == "CORRECTION" && number(change["version"]) == 2)
        #expect(try hub.count("select count(*) from event") == before)
        let text = try hub.run(["replay", "--preview"]).output
        #expect(text.contains("prov-leeds") && text.contains("nothing was changed") && !text.contains("Z1234AD"))

        _ = try replay("--run")
        try hub.wait { try hub.count("select count(*) from message where version = 2") >= 2 }
        #expect(number(try replay("--preview")["send"]) == 0)
        try hub.run(["replay"], expecting: 64)
    }
}
