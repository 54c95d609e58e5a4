import Foundation
import Postgres
import Testing

@Suite("PostgreSQL: pipelines")
struct PipelineTests {
    let connection: PostgresConnection

    init() throws {
        connection = try TestServer.connection()
        try connection.unsafeScript(
            """
            create table event (id uuid primary key, person text not null, payload bytea not null, weight float8,
                received_at timestamptz, partition int);
            create table mark (number bigint primary key check (number < 100));
            """, labelled: "setup")
    }

    private func marks() throws -> [Int] {
        try connection.query("select number from mark order by 1").map { try $0[0] }
    }

    @Test func `begin, work and commit take one round trip together or two apart`() throws {
        let (inserted, found) = try connection.pipeline { batch in
            batch.begin()
            let inserted = batch.execute("insert into mark select * from unnest(\([1, 2, 3]))")
            return (inserted, batch.query("select count(*) from mark"))
        }
        #expect(connection.isInTransaction)
        #expect(try inserted.get() == 3)
        #expect(try found.get().only()[0] as Int == 3)
        try connection.pipeline { batch in
            batch.execute("insert into mark values (\(4))")
            batch.commit()
        }
        #expect(!connection.isInTransaction)
        #expect(try marks() == [1, 2, 3, 4])
    }

    @Test func `a failing pipeline throws its first error, undoes its work and leaves the connection usable`() throws {
        let error = failure {
            try connection.pipeline { batch in
                batch.begin()
                batch.execute("insert into mark values (\(1))")
                batch.execute(.named("mark.second", "insert into mark values (\(1))"))
                batch.execute("insert into nowhere values (1)")
                batch.commit()
            }
        }
        #expect(error?.kind == .constraint(name: "mark_pkey"))
        #expect(error?.statement == "mark.second")
        #expect(error?.outcome == .notCommitted)
        #expect(!connection.isInTransaction)
        #expect(try marks() == [])
    }

    @Test func `without begin a pipeline is one transaction of its own`() throws {
        let error = failure {
            try connection.pipeline { batch in
                batch.execute("insert into mark values (\(1))")
                batch.execute("insert into mark values (\(1000))")
            }
        }
        #expect(error?.kind == .constraint(name: "mark_number_check"))
        #expect(try marks() == [])
    }

    @Test func `an error after a commit in the same pipeline says that the commit took effect`() throws {
        let error = failure {
            try connection.pipeline { batch in
                batch.begin()
                batch.execute("insert into mark values (\(1))")
                batch.commit()
                batch.execute("insert into mark values (\(1))")
            }
        }
        #expect(error?.outcome == .committed)
        #expect(try marks() == [1])
    }

    @Test func `an error in a later pipeline rolls the transaction of the first one back`() throws {
        try connection.pipeline { batch in
            batch.begin()
            batch.execute("insert into mark values (\(1))")
        }
        #expect(failure { try connection.execute("insert into mark values (\(1))") } != nil)
        #expect(!connection.isInTransaction)
        #expect(try marks() == [])
    }

    @Test func `twenty megabytes both ways, several times in one pipeline, cannot block`() throws {
        let count = 5_000
        let ids = (0..<count).map { _ in UUID() }
        let people = (0..<count).map { "Z\($0)" }
        let payloads = (0..<count).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 4_096) }
        let weights = (0..<count).map { $0 % 7 == 0 ? nil : Double($0) }
        let times = (0..<count).map { PostgresTimestamp(microseconds: Int64($0)) }
        let partitions = (0..<count).map { Int32(truncatingIfNeeded: $0) }
        let (inserted, echoes) = try connection.pipeline { batch in
            batch.begin()
            let inserted = batch.query(
                """
                insert into event select * from unnest(\(ids), \(people), \(payloads), \(weights), \(times),
                    \(partitions)) on conflict do nothing returning id, payload
                """)
            let echoes = (0..<3).map { _ in batch.query("select * from unnest(\(payloads))") }
            batch.commit()
            return (inserted, echoes)
        }
        let rows = try inserted.get()
        #expect(rows.count == count)
        #expect(try Set(rows.map { try $0[0] as UUID }) == Set(ids))
        for echo in echoes { #expect(try echo.get().last?.bytes(0) == payloads.last) }
    }

    @Test func `more statements than the server keeps prepared are fine, and the server forgets the oldest`() throws {
        for round in 0..<3 {
            for number in 0..<(PostgresLimits.preparedStatementsMax + 20) {
                let row = try connection.query("select \(round), \(unsafeRaw: "\(number)")").only()
                #expect(try row[0] as Int == round)
            }
        }
        let kept: Int = try connection.query("select count(*) from pg_prepared_statements").only()[0]
        #expect(kept <= PostgresLimits.preparedStatementsMax + 1)
        #expect(kept >= PostgresLimits.preparedStatementsMax - 1)
    }

    @Test func `a statement is prepared once for each combination of types`() throws {
        for _ in 0..<5 {
            #expect(try connection.query("select \(1)").only()[0] as Int == 1)
            #expect(try connection.query("select \("a")").only().text(0) == "a")
        }
        let kept: Int = try connection.query(
            "select count(*) from pg_prepared_statements where statement = 'select $1'"
        ).only()[0]
        #expect(kept == 2)
    }

    @Test func `a statement whose columns changed is prepared anew on the next call`() throws {
        let all: SQL = "select * from mark"
        _ = try connection.query(all)
        try connection.execute("alter table mark add column note text")
        let error = failure { _ = try connection.query(all) }
        #expect(error?.kind == .statementInvalidated && error?.recovery == .retry)
        #expect(try connection.query(all).columns == ["number", "note"])
    }

    @Test func `a failed preparation does not stay in the cache`() throws {
        #expect(failure { _ = try connection.query("select * from later") }?.kind == .undefinedObject)
        try connection.execute("create table later (number int)")
        #expect(try connection.query("select * from later").isEmpty)
    }

    @Test func `a result read too early is an error, not a crash, and a throwing closure sends nothing`() throws {
        struct Stop: Error {}
        var early: PostgresPending<Int>?
        #expect(throws: Stop.self) {
            try connection.pipeline { batch in
                early = batch.execute("insert into mark values (\(1))")
                throw Stop()
            }
        }
        #expect(failure { _ = try early?.get() }?.kind == .programming)
        #expect(try marks() == [])
    }

    @Test func `too many statements in a pipeline are refused before anything is sent`() throws {
        let error = failure {
            try connection.pipeline { batch in
                for number in 0...PostgresLimits.pipelineStatementsMax { batch.execute("select \(number)") }
            }
        }
        #expect(error?.kind == .programming)
        #expect(try marks() == [])
    }
}
