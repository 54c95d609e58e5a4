import Postgres
import Testing

@Suite("PostgreSQL: transactions")
struct TransactionTests {
    struct Stop: Error {}
    let connection: PostgresConnection

    init() throws {
        connection = try TestServer.connection()
        try connection.execute("create table mark (number bigint primary key)")
    }

    private func marks() throws -> [Int] {
        try connection.query("select number from mark order by 1").map { try $0[0] }
    }

    private func transactionError(_ body: (PostgresConnection) throws -> Void) -> PostgresTransactionError? {
        do {
            try connection.transaction(.readCommitted, body)
            return nil
        } catch {
            return error
        }
    }

    /// The next commit ends the session with FATAL in its middle.
    private func makeCommitsDie() throws {
        try connection.unsafeScript(
            """
            create function die() returns trigger language plpgsql as
                'begin perform pg_terminate_backend(pg_backend_pid()); return null; end';
            create constraint trigger dies after insert on mark deferrable initially deferred
                for each row execute function die();
            """, labelled: "setup")
    }

    @Test func `what the closure did is committed when it returns`() throws {
        let count = try connection.transaction { try $0.execute("insert into mark values (\(1)), (\(2))") }
        #expect(count == 2)
        #expect(!connection.isInTransaction)
        #expect(try marks() == [1, 2])
    }

    @Test func `what the closure did is undone when it throws`() throws {
        let error = transactionError {
            try $0.execute("insert into mark values (\(1))")
            throw Stop()
        }
        #expect(error?.phase == .closure && error?.outcome == .notCommitted && error?.rollbackFailure == nil)
        #expect(error?.cause is Stop)
        #expect(try marks() == [])
    }

    @Test func `a swallowed failure cannot be committed`() throws {
        let error = transactionError {
            try $0.execute("insert into mark values (\(1))")
            _ = try? $0.execute("insert into mark values (\(1))")
        }
        #expect(error?.phase == .commit && error?.postgres?.code == "COMMIT_ROLLED_BACK")
        #expect(error?.outcome == .notCommitted && error?.recovery == .abort)
        #expect(try marks() == [])
    }

    @Test func `after a failed statement the rest of the closure is refused and all of it is undone`() throws {
        let error = transactionError {
            try $0.execute("insert into mark values (\(1))")
            _ = try? $0.execute("insert into mark values (\(1))")
            try $0.execute("insert into mark values (\(2))")
        }
        #expect(error?.phase == .closure && error?.postgres?.kind == .transactionAborted)
        #expect(try marks() == [])
    }

    @Test func `a last pipeline can hold the commit, and nothing may follow it`() throws {
        try connection.transaction { session in
            try session.execute("insert into mark values (\(1))")
            try session.pipeline { batch in
                batch.execute("insert into mark values (\(2))")
                batch.commit()
            }
        }
        #expect(try marks() == [1, 2])
        let error = transactionError { session in
            try session.pipeline { $0.commit() }
            try session.execute("insert into mark values (\(3))")
        }
        #expect(error?.postgres?.kind == .programming)
        #expect(try marks() == [1, 2])
    }

    @Test func `a swallowed failure of the closure's own commit is thrown all the same`() throws {
        try connection.execute("create table child (mark bigint references mark deferrable initially deferred)")
        let error = transactionError { session in
            _ = try? session.pipeline { batch in
                batch.execute("insert into child values (9)")
                batch.commit()
            }
        }
        #expect(error?.phase == .commit && error?.postgres?.kind == .constraint(name: "child_mark_fkey"))
    }

    @Test func `a deferred constraint fails in the commit phase and is known not to be committed`() throws {
        try connection.execute("create table child (mark bigint references mark deferrable initially deferred)")
        let error = transactionError { try $0.execute("insert into child values (\(9))") }
        #expect(error?.phase == .commit && error?.outcome == .notCommitted)
        #expect(error?.postgres?.kind == .constraint(name: "child_mark_fkey"))
        #expect(!connection.isInTransaction)
    }

    @Test func `a connection lost in the middle of a commit leaves the outcome unknown`() throws {
        try makeCommitsDie()
        let error = transactionError { try $0.execute("insert into mark values (\(1))") }
        #expect(error?.phase == .commit && error?.outcome == .unknown && error?.recovery == .retry)
        #expect(error?.postgres?.kind == .connectionLost)
        #expect(!connection.isConnected)
        try connection.reconnect()
        #expect(try marks() == [])
    }

    @Test func `a connection lost in a pipeline with a commit leaves the outcome unknown`() throws {
        try makeCommitsDie()
        let error = failure {
            try connection.pipeline { batch in
                batch.begin()
                batch.execute("insert into mark values (\(1))")
                batch.commit()
            }
        }
        #expect(error?.outcome == .unknown && error?.kind == .connectionLost)
    }

    @Test func `a connection lost before the commit is known not to be committed`() throws {
        let error = transactionError { session in
            try session.execute("insert into mark values (\(1))")
            try session.execute("select pg_terminate_backend(pg_backend_pid())")
        }
        #expect(error?.phase == .closure && error?.outcome == .notCommitted)
        #expect(error?.postgres?.kind == .connectionLost)
    }

    @Test func `reconnecting inside the closure cannot make a lost transaction look committed`() throws {
        let error = transactionError { session in
            try session.execute("insert into mark values (\(1))")
            try session.reconnect()
        }
        #expect(error?.phase == .commit && error?.postgres?.kind == .connectionLost)
        #expect(try marks() == [])
    }

    @Test func `transactions do not nest`() throws {
        let error = transactionError { session in try session.transaction { _ in } }
        #expect((error?.cause as? PostgresTransactionError)?.phase == .begin)
        #expect(failure { try connection.transaction { try $0.pipeline { $0.begin() } } }?.kind == .programming)
        #expect(try marks() == [])
    }

    @Test func `a serialization conflict says retry`() throws {
        try connection.execute("insert into mark values (\(1))")
        let other = try PostgresConnection(connection.configuration)
        let error = failure {
            try connection.transaction(.serializable) { session in
                _ = try session.query("select * from mark")
                try other.execute("update mark set number = \(2)")
                try session.execute("update mark set number = \(3)")
            }
        }
        #expect(error?.kind == .serializationOrDeadlock && error?.recovery == .retry)
    }

    @Test func `an advisory lock is held by one session until it is released`() throws {
        let other = try PostgresConnection(connection.configuration)
        let key = Int64.random(in: .min ... .max)
        #expect(try connection.tryAdvisoryLock(key))
        #expect(try !other.tryAdvisoryLock(key))
        #expect(try connection.releaseAdvisoryLock(key))
        #expect(try other.tryAdvisoryLock(key))
        #expect(try !connection.releaseAdvisoryLock(key))
    }
}
