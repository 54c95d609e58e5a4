import Foundation
import HandoverPipeline
import Postgres
import Testing

/// Everything that a whole run prints, stores in headers, serves to people whom it does not concern, or counts, is
/// searched for every field of one marked person.
@Suite("local broker: no person where none may be")
struct CanaryScanTests {
    private typealias Said = (place: String, text: String)

    @Test("a whole run leaves no mark of a person in what it prints, serves to others, counts or puts in headers")
    func scan() async throws {
        let bed = try CanaryBed()
        try bed.prepare()
        try bed.live()
        try await reachesTheRecipient(bed)
        var said = try await visits(bed)
        try commands(bed)
        said += bed.printed
        said += try messages(bed)
        said += try operatorsTables(bed)
        bed.stop()
        said += [("hub's log", bed.hubLog), ("PostgreSQL's log", bed.databaseLog), ("e-mail", bed.mail)]
        for (place, text) in said {
            let found = CanaryPerson.found(in: text, sparing: Self.entitled(place))
            #expect(found.isEmpty, "\(place): \(found.sorted()): \(excerpt(text))")
        }
        // Enough was looked at for the search to mean something.
        #expect(said.count > 120 && bed.hubLog.count > 1_000 && bed.databaseLog.contains("insert into event"))
        #expect(bed.printed.contains { $0.place.hasPrefix("rejected list") && $0.text.contains("FIELD_INVALID") })
        // The test of the test: a mark planted in any of the places is found there.
        for (place, text) in said.shuffled().prefix(20) {
            for mark in CanaryPerson.marks {
                #expect(CanaryPerson.found(in: text + mark.text).contains(mark.field), "\(place) \(mark.field)")
            }
        }
        let hex = Array("Quillfeather".utf8).map { String(format: "%02x", $0) }.joined()
        for written in ["QUILLFEATHER", "LS9%209QX", "ls9+9qx", "\\x" + hex] {
            #expect(!CanaryPerson.found(in: "GET /?q=\(written)").isEmpty, "\(written)")
        }
    }

    /// Operators who signed in see whom they must care for, by prison number; who asks the database as throughgate_ops
    /// sees the numbers of records (kits, plans, bookings), which say nothing without the systems that they come from.
    private static func entitled(_ place: String) -> Set<String> {
        if place.hasPrefix("GET /people-at-risk for an operator") { return ["prison number"] }
        if place.hasPrefix("column ") { return ["kit", "batch", "plan", "assessment", "booking"] }
        return []
    }

    private func excerpt(_ text: String) -> String {
        let lines = text.split(separator: "\n").filter { !CanaryPerson.found(in: String($0)).isEmpty }
        return lines.prefix(3).map { String($0.prefix(300)) }.joined(separator: " | ")
    }

    /// The recipient does get the person: else an empty run would pass. What stands around the body names nobody.
    private func reachesTheRecipient(_ bed: CanaryBed) async throws {
        let token = try bed.token("--recipient", "prov-leeds")
        let feed = try await bed.ask("GET", "/v1/handovers?limit=100", token)
        let found = CanaryPerson.found(in: feed.body)
        #expect(found.isSuperset(of: ["name", "date of birth", "prison number"]), "\(feed.status) \(found)")
        #expect(CanaryPerson.found(in: feed.head).isEmpty)
        let ids = try bed.connection.query(
            "select distinct stream_id::text from message where recipient_id = 'prov-leeds'"
        ).map { try $0.text(0) }
        #expect(!ids.isEmpty)
        for path in ["/inbox"] + ids.map({ "/inbox/" + $0 }) {
            let page = try await bed.ask("GET", path, token)
            let title = page.body.firstMatch(of: #/<title>(.*?)<\/title>/#)?.1 ?? ""
            let links = page.body.matches(of: #/(?:href|action|src|id|class)="([^"]*)"/#).map { String($0.1) }
            #expect(!title.isEmpty && links.count > 3)
            for text in [String(title), page.head] + links {
                #expect(CanaryPerson.found(in: text).isEmpty, "\(path): \(text)")
            }
        }
        for id in ids {
            _ = try await bed.ask(
                "POST", "/v1/handovers/\(id)/acknowledgements", token, type: "application/json",
                body: #"{"decision":"ACCEPTED","note":"note-canary"}"#)
        }
    }

    /// Whom it does not concern: nobody, another prison, another recipient, a commissioner, operators.
    private func visits(_ bed: CanaryBed) async throws -> [Said] {
        let visitors: [(String, String?)] = [
            ("nobody", nil), ("another prison", try bed.token("--prison", "LEI")),
            ("another recipient", try bed.token("--recipient", "prov-bradford")),
            ("a commissioner", try bed.token("--commissioner", "com-leeds")),
            ("an operator who looks", try bed.token("--ops", "viewer")),
            ("an operator", try bed.token("--ops", "operator")),
        ]
        let event = try bed.connection.query("select event_id::text from event limit 1").only().text(0)
        let handover = try bed.connection.query(
            "select stream_id::text from message where topic like '%handover.%' limit 1"
        ).only().text(0)
        let place = try Self.rejectedPlace(bed)
        let task = try bed.connection.query(
            "select coalesce(max(stream_id::text), '') from message where topic like '%tasks%'"
        ).only().text(0)
        let paths = [
            "/", "/lag", "/rejected", "/rejected/record?place=\(place)", "/people-at-risk", "/tasks", "/tasks/\(task)",
            "/worklist", "/governor", "/flow", "/audit", "/inbox", "/inbox/tasks", "/inbox/\(handover)", "/gate",
            "/sign-in", "/metrics", "/healthz", "/readyz", "/api/lag", "/api/status",
            "/api/people-at-risk", "/api/audit/head", "/v1/handovers", "/v1/tasks", "/v1/events/\(event)",
        ]
        var said: [Said] = []
        for (name, token) in visitors {
            for path in paths {
                let answer = try await bed.ask("GET", path, token)
                said.append(("GET \(path) for \(name), \(answer.status)", answer.head + "\n" + answer.body))
            }
        }
        let own = try bed.token("--prison", "MDI")
        for message in bed.refusedRecords() {
            let answer = try await bed.ask(
                "POST", "/v1/events", own, type: "application/cloudevents+json",
                body: String(decoding: message.value ?? [], as: UTF8.self))
            #expect(answer.status >= 400 || answer.status == 202)
            said.append(("POST /v1/events, \(answer.status)", answer.head + "\n" + answer.body))
        }
        return said
    }

    private static func rejectedPlace(_ bed: CanaryBed) throws -> String {
        try bed.connection.query("select topic || '/' || partition || '/' || \"offset\" from rejected limit 1")
            .only().text(0)
    }

    private func commands(_ bed: CanaryBed) throws {
        let event = try bed.connection.query("select event_id::text from event limit 1").only().text(0)
        let handover = try bed.connection.query(
            "select stream_id::text from message where topic like '%handover.%' limit 1"
        ).only().text(0)
        let place = try Self.rejectedPlace(bed)
        for words in [
            ["lag"], ["rejected", "list"], ["rejected", "list", "--all", "--json"], ["rejected", "show", place],
            ["rejected", "show", place, "--json"], ["tasks", "list", "--all"], ["tasks", "list", "--all", "--json"],
            ["audit", "list"], ["audit", "list", "--json"], ["audit", "verify"], ["webhooks", "list"],
            ["webhooks", "list", "--json"], ["topics", "plan"], ["retention", "--preview"], ["token", "list"],
            ["explain", "--event", event], ["explain", "--handover", handover],
            ["report", "digest", "--body", "prov-leeds"],
            ["report", "worklist"], ["replay", "--preview"],
        ] { try bed.run(words) }
    }

    /// Keys and headers of everything that the hub publishes; bodies only where nobody's person belongs.
    private func messages(_ bed: CanaryBed) throws -> [Said] {
        var said: [Said] = []
        for topic in try bed.topicNames() where topic.hasPrefix("canary.hub.rejected") || isOutbound(topic) {
            for record in try bed.records(topic) {
                let headers = record.headers.map { "\($0.name): \(String(decoding: $0.value ?? [], as: UTF8.self))" }
                said.append(("headers on \(topic)", headers.joined(separator: "\n")))
                // On hub.rejected the key is the original one (contract.md §5).
                if isOutbound(topic) {
                    said.append(("key on \(topic)", String(decoding: record.key ?? [], as: UTF8.self)))
                }
            }
        }
        #expect(said.count >= 12)
        return said
    }

    private func isOutbound(_ topic: String) -> Bool {
        ["canary.handover.", "canary.prison.tasks.", "canary.hub.tasks"].contains { topic.hasPrefix($0) }
    }

    /// Every column that the role of operators may read, of every table.
    private func operatorsTables(_ bed: CanaryBed) throws -> [Said] {
        let columns = try bed.connection.query(
            """
            select table_name::text, column_name::text from information_schema.columns
            where table_schema = 'public' and has_column_privilege('throughgate_ops',
                format('%I.%I', table_schema, table_name), column_name, 'select')
            order by 1, 2
            """)
        #expect(columns.count > 80)
        return try columns.map { row in
            let table = try row.text(0), column = try row.text(1)
            let text = try bed.connection.query(
                "select coalesce(string_agg(\(unsafeRaw: "\"\(column)\"")::text, E'\\n'), '') from \(unsafeRaw: table)"
            ).only().text(0)
            return ("column \(table).\(column) for throughgate_ops", text)
        }
    }
}
