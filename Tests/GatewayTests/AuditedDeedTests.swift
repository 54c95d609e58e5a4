import ExactlyOnceKafka
import Foundation
import Gateway
import HandoverPipeline
import HandoverRules
import Operations
import Postgres
import Testing

/// What operators do by pages, while the audit refuses or the ledger fails in the middle.
@Suite("PostgreSQL: no deed of an operator without its audit", .serialized)
struct AuditedDeedTests {
    private static let secret = "CANARY-BODY"

    private func reject(_ bed: DoorBed) throws -> SourcePosition {
        try bed.connection.execute(
            """
            insert into rejected (topic, partition, "offset", reason, detail, key, value, headers, record_time)
            values (\(bed.topics.kitEvents), 0, 7, 'UNKNOWN_CODE', 'data.issuePoint: is no code',
                \(Array("Z1234BC".utf8)), \(Array(AuditedDeedTests.secret.utf8)), '', now())
            """)
        return SourcePosition(topic: bed.topics.kitEvents, partition: 0, offset: 7)
    }

    private func seedTask(_ bed: DoorBed) throws -> String {
        "/tasks/\(try bed.seedQueuedTask().uuidString.lowercased())"
    }

    @Test("what the audit refuses to keep is not sent, not discarded, not shown, not answered")
    func refused() async throws {
        try await DoorBed.open { bed in
            let place = try reject(bed), task = try seedTask(bed)
            let browser = PageBrowser(bed)
            try await browser.signIn(.ops(.operator))
            let own = PageBrowser.hidden(in: try await browser.get("/sign-in").text, action: "/sign-out")
            try bed.connection.execute("alter table audit_entry add check (action in ('ACCESS', 'SETTINGS'))")
            let why = [("place", place.description), ("because", "why"), ("step", "do")]
            let key = [("formKey", UUID().uuidString)]
            let deeds: [(String, [(String, String)])] = [
                ("/rejected/redrive", why), ("/rejected/discard", why), ("/rejected/body", why),
                (task + "/resolution", key + [("outcome", "DONE"), ("by", "ROUTING/7f2")]),
                (
                    task + "/route",
                    key + [
                        ("scope", "DRUG_SERVICE"), ("provider", "prov-leeds"), ("reason", "near"),
                        ("approver", "ROUTING/7f2"),
                    ]
                ),
            ]
            for (path, fields) in deeds {
                let reply = try await browser.post(path, own + fields)
                #expect(reply.status == 503, "\(path) \(reply.status) \(reply.text)")
                #expect(!reply.text.contains(AuditedDeedTests.secret), "\(path)")
            }
            #expect(try DeadLetters.find(place, on: bed.connection)?.state == "OPEN")
            #expect(try bed.records(on: bed.topics.kitEvents).isEmpty)
            #expect(try bed.records(on: bed.topics.decisions).isEmpty)
        }
    }

    @Test("a record that was sent although the ledger failed afterwards is in the audit, with how it ended")
    func failedInTheMiddle() async throws {
        try await DoorBed.open { bed in
            let place = try reject(bed)
            try bed.connection.execute("alter table rejected add check (state = 'OPEN')")
            let browser = PageBrowser(bed)
            try await browser.signIn(.ops(.operator))
            let own = PageBrowser.hidden(in: try await browser.get("/sign-in").text, action: "/sign-out")
            let form = own + [("place", place.description), ("because", "why"), ("step", "do")]
            #expect(try await browser.post("/rejected/redrive", form).status == 503)
            #expect(try bed.records(on: bed.topics.kitEvents).count == 1, "the broker had it")
            let entries = try AuditBook.list(on: bed.connection, action: .redrive, limit: 5)
            #expect(entries.map { $0.details?["step"] } == ["failed", "intended"])
            #expect(entries.first?.details?["error"] == "23514" && entries.allSatisfy { $0.object == "\(place)" })
            #expect(try AuditBook.verify(on: bed.connection).isIntact)
        }
    }

    @Test(
        "no role changes or removes what the audit says", arguments: ["throughgate_hub", "throughgate_ops"],
        ["audit_entry", "access_audit"])
    func roles(_ role: String, _ table: String) async throws {
        try await DoorBed.open { bed in
            _ = try LedgerRoles.grant(on: bed.connection)
            try AuditBook.note(AuditNote(actor: "user:ana", action: .replay, object: "x"), on: bed.connection)
            let person = try PostgresConnection(PostgresConfiguration(url: bed.databaseURL))
            try person.execute("set role \(unsafeRaw: role)")
            for statement: SQL in [
                "update \(unsafeRaw: table) set at = now()", "delete from \(unsafeRaw: table)",
                "truncate \(unsafeRaw: table)", "alter table \(unsafeRaw: table) disable trigger all",
                "drop table \(unsafeRaw: table)",
            ] {
                do {
                    try person.execute(statement)
                    Issue.record("\(role) may: \(statement)")
                } catch {
                    let code = (error as? PostgresError)?.code
                    #expect(code == "42501", "\(statement): \(error)")
                }
            }
        }
    }
}
