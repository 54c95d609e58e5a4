import Foundation
import HandoverPipeline
import HandoverRules
import Operations
import Postgres
import Testing

@Suite("PostgreSQL: the audit is a chain")
struct AuditTests {
    private func chain(_ count: Int) throws -> PostgresConnection {
        let connection = try TestDatabase.fresh().0
        for index in 0..<count {
            try AuditBook.note(
                AuditNote(
                    actor: "user:ana", action: .redrive, object: "prison.kit-events/0/\(index)",
                    detail: ["reason": "cause \"gone\"\n", "redrives": "1"]), on: connection)
        }
        return connection
    }

    /// As somebody who owns the tables and hides what they did.
    private func tamper(_ connection: PostgresConnection, _ statements: [SQL]) throws {
        try connection.execute("alter table audit_entry disable trigger all")
        for statement in statements { try connection.execute(statement) }
        try connection.execute("alter table audit_entry enable trigger all")
    }

    private func kinds(
        _ connection: PostgresConnection, anchor: AuditHead? = nil
    ) throws
        -> Set<AuditVerdict.Fault.Kind>
    {
        Set(try AuditBook.verify(on: connection, anchor: anchor).faults.map(\.kind))
    }

    @Test func whatWasAppendedVerifiesAndSaysWhatItWasGiven() throws {
        let connection = try chain(5)
        let verdict = try AuditBook.verify(on: connection)
        #expect(verdict.isIntact && verdict.entries == 5 && verdict.head.seq == 5)
        let newest = try #require(AuditBook.list(on: connection, limit: 1).first)
        #expect(newest.seq == 5 && newest.actor == "user:ana" && newest.object == "prison.kit-events/0/4")
        #expect(newest.details == ["reason": "cause \"gone\"\n", "redrives": "1"])
        #expect(AuditHead(verdict.head.description) == AuditHead(seq: 5, hash: newest.hash))
        #expect(AuditHead("5:zz") == nil && AuditHead("x") == nil)
        #expect(try AuditBook.list(on: connection, before: 3, limit: 10).map(\.seq) == [2, 1])
        #expect(try AuditBook.list(on: connection, action: .discard, limit: 10).isEmpty)
    }

    @Test(
        "an edit of any column is found",
        arguments: [
            "actor = 'user:bob'", "action = 'DISCARD'", "object = 'x'", "detail = '{}'", "at = at + interval '1 us'",
        ])
    func edit(_ change: String) throws {
        let connection = try chain(4)
        try tamper(connection, ["update audit_entry set \(unsafeRaw: change) where seq = 3"])
        let faults = try AuditBook.verify(on: connection).faults
        #expect(faults.map(\.kind) == [.edited] && faults.map(\.seq) == [3])
    }

    @Test func anEditWithAHashThatFitsIsFoundAtTheNextEntry() throws {
        let connection = try chain(4)
        let donor = try chain(2)
        try AuditBook.note(AuditNote(actor: "user:bob", action: .discard, object: "y"), on: donor)
        let row = try donor.query(
            "select at, actor, action, object, detail, prev_hash, hash from audit_entry where seq = 3"
        )
        .only()
        let at: PostgresTimestamp = try row[0]
        try tamper(
            connection,
            [
                """
                update audit_entry set at = \(at), actor = \(try row.text(1)), action = \(try row.text(2)),
                    object = \(try row.text(3)), detail = \(try row.text(4)), prev_hash = \(try row.bytes(5)),
                    hash = \(try row.bytes(6)) where seq = 3
                """
            ])
        #expect(try kinds(connection) == [.reordered])
    }

    @Test func aDeletionAndASwapAreFound() throws {
        let deleted = try chain(5)
        try tamper(deleted, ["delete from audit_entry where seq in (2, 3)"])
        #expect(try kinds(deleted) == [.deleted])
        let renumbered = try chain(5)
        try tamper(
            renumbered, ["delete from audit_entry where seq = 2", "update audit_entry set seq = seq - 1 where seq > 2"])
        #expect(try kinds(renumbered) == [.edited, .reordered])
        let swapped = try chain(5)
        try tamper(
            swapped,
            [
                "update audit_entry set seq = 99 where seq = 2", "update audit_entry set seq = 2 where seq = 3",
                "update audit_entry set seq = 3 where seq = 99",
            ])
        #expect(try kinds(swapped).contains(.reordered))
    }

    @Test func whatIsCutOffIsFoundByAHeadThatWasKeptElsewhere() throws {
        let connection = try chain(5)
        let anchor = try AuditBook.head(on: connection)
        #expect(try kinds(connection, anchor: anchor).isEmpty)
        try tamper(connection, ["delete from audit_entry where seq > 3"])
        #expect(try kinds(connection).isEmpty, "the rest is a chain by itself")
        #expect(try kinds(connection, anchor: anchor) == [.truncated])
        // Written on to the same length: the anchored number says something else.
        for _ in 0..<3 { try AuditBook.note(AuditNote(actor: "a", action: .replay, object: ""), on: connection) }
        #expect(try kinds(connection) == [])
        #expect(try kinds(connection, anchor: anchor) == [.truncated])
    }

    @Test func nobodyChangesAnEntryWhileTheTriggerStands() throws {
        let connection = try chain(2)
        for statement: SQL in [
            "update audit_entry set actor = 'x' where seq = 1", "delete from audit_entry", "truncate audit_entry",
            """
            insert into audit_entry (seq, at, actor, action, object, detail, prev_hash, hash)
            select 9, at, actor, action, object, detail, prev_hash, sha256(hash) from audit_entry where seq = 1
            """,
        ] {
            #expect(throws: PostgresError.self) { try connection.execute(statement) }
        }
        #expect(try AuditBook.verify(on: connection).entries == 2)
    }

    @Test func theHubsRoleMayAddAndReadButNothingElse() throws {
        let connection = try chain(1)
        _ = try LedgerRoles.grant(on: connection)
        func may(_ right: String, _ role: String = "throughgate_hub", _ table: String = "audit_entry") throws -> Bool {
            try connection.query("select has_table_privilege(\(role), \(table), \(right))").only()[0]
        }
        #expect(try may("select") && may("insert"))
        for right in ["update", "delete", "truncate"] {
            #expect(try !may(right) && !may(right, "throughgate_ops"))
        }
        #expect(try !may("insert", "throughgate_ops"))
        // What the others granted stands.
        #expect(try may("insert", "throughgate_hub", "event") && may("update", "throughgate_hub", "rejected"))
    }

    @Test func aDeedHasTwoEntriesAndNoneIsDoneThatCannotBeNoted() throws {
        let connection = try chain(0)
        let note = AuditNote(actor: "user:ana", action: .tokenCreate, object: "token", detail: ["scope": "ops"])
        var noted: Int64?
        let made = try AuditedDeed.run(
            note, on: connection, ending: { ["token": $0] },
            { () throws -> String in
                noted = try AuditBook.head(on: connection).seq
                return "id-1"
            })
        #expect(made == "id-1" && noted == 1, "noted before it is done")
        struct Broken: Error {}
        #expect(throws: Broken.self) {
            try AuditedDeed.run(note, on: connection) { throw Broken() }
        }
        let told = try AuditBook.list(on: connection, limit: 9).reversed().map { $0.details ?? [:] }
        #expect(
            told == [
                ["scope": "ops", "step": "intended"],
                ["scope": "ops", "step": "done", "of": "1", "token": "id-1"],
                ["scope": "ops", "step": "intended"],
                ["scope": "ops", "step": "failed", "of": "3", "error": "Broken"],
            ])
        try connection.execute("alter table audit_entry add check (actor <> 'user:ana') not valid")
        var isDone = false
        #expect(throws: PostgresError.self) { try AuditedDeed.run(note, on: connection) { isDone = true } }
        #expect(!isDone)
    }

    @Test func writersAtOneTimeMakeOneChain() async throws {
        let (connection, url) = try TestDatabase.fresh()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<6 {
                group.addTask {
                    let own = try PostgresConnection(PostgresConfiguration(url: url))
                    for index in 0..<15 {
                        try AuditBook.note(
                            AuditNote(actor: "user:w\(writer)", action: .taskResolve, object: "\(index)"), on: own)
                    }
                }
            }
            try await group.waitForAll()
        }
        let verdict = try AuditBook.verify(on: connection)
        #expect(verdict.isIntact && verdict.entries == 90)
    }
}

@Suite("PostgreSQL: reads by tokens are chained by digest")
struct AccessChainTests {
    private func read(_ connection: PostgresConnection, _ count: Int, token: String = "aaaaaaaaaaaa") throws {
        for index in 0..<count {
            try connection.execute(
                """
                insert into access_audit (token_id, action, first_item, last_item, items)
                select \(token), 'FEED', \(Int64(index)), \(Int64(index + 1)), 1
                from (select pg_current_xact_id() as id offset 0) x where x.id is not null
                """)
        }
    }

    /// Steps until everything that is settled is chained.
    private func settle(_ connection: PostgresConnection) throws -> Int {
        try (0..<3).reduce(0) { sum, _ in sum + (try AccessChain.step(on: connection, instance: "hub-1")) }
    }

    @Test func aRangeOfReadsBecomesOneEntryWithSumsByToken() throws {
        let connection = try TestDatabase.fresh().0
        try read(connection, 7)
        try read(connection, 2, token: "bbbbbbbbbbbb")
        #expect(try settle(connection) == 9)
        let entry = try #require(AuditBook.list(on: connection, limit: 10).first)
        #expect(entry.action == "ACCESS" && entry.details?["aaaaaaaaaaaa FEED"] == "7 reads, 7 items")
        #expect(entry.details?["bbbbbbbbbbbb FEED"] == "2 reads, 2 items" && entry.details?["rows"] == "9")
        try read(connection, 3)
        #expect(try settle(connection) == 3)
        let verdict = try AuditBook.verify(on: connection)
        #expect(verdict.isIntact && verdict.accesses == 12 && verdict.entries == 2)
    }

    @Test func aReadThatIsStillUnderWayIsWaitedFor() throws {
        let (connection, url) = try TestDatabase.fresh()
        let slow = try PostgresConnection(PostgresConfiguration(url: url))
        try slow.execute("begin")
        try read(slow, 1)
        try read(connection, 1)
        #expect(try settle(connection) == 0, "a lower number may still come")
        try slow.execute("commit")
        #expect(try settle(connection) == 2)
        #expect(try AuditBook.verify(on: connection).isIntact)
    }

    @Test(
        "rows that are changed, removed or slipped in are found",
        arguments: [
            "update access_audit set items = 5 where seq = 2", "update access_audit set token_id = 'cc' where seq = 2",
            "delete from access_audit where seq = 2", "delete from access_audit",
            """
            insert into access_audit (seq, token_id, action, items) overriding system value
            values (-1, 'a', 'FEED', 1), (4, 'a', 'FEED', 1)
            """,
        ])
    func tamper(_ statement: String) throws {
        let connection = try TestDatabase.fresh().0
        try read(connection, 3)
        _ = try settle(connection)
        // A number that was drawn and never used: it stays empty.
        try connection.execute("begin")
        try read(connection, 1)
        try connection.execute("rollback")
        try read(connection, 1)
        _ = try settle(connection)
        #expect(try AuditBook.verify(on: connection).isIntact)
        try connection.execute("\(unsafeRaw: statement)")
        let kinds = Set(try AuditBook.verify(on: connection).faults.map(\.kind))
        #expect(kinds == [.accessChanged])
    }

    @Test func entriesOfReadsThatAreCutOffShowByTheReadsThatRemain() throws {
        let connection = try TestDatabase.fresh().0
        try read(connection, 3)
        _ = try settle(connection)
        try connection.execute("alter table audit_entry disable trigger all")
        try connection.execute("delete from audit_entry")
        #expect(try AuditBook.verify(on: connection).faults.map(\.kind) == [.accessChanged])
    }
}
