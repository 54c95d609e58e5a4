import Postgres
import Testing

@Suite("PostgreSQL: errors decide and never show a value")
struct ErrorTextTests {
    /// Planted wherever a value can be; it must never be seen again.
    static let canary = "Zebedee-Canary"
    let connection: PostgresConnection

    init() throws {
        connection = try TestServer.connection()
        try connection.unsafeScript(
            """
            create table person (noms text primary key check (length(noms) < 40), born date not null, age smallint);
            create table kit (holder text references person);
            create function noisy(text) returns void language plpgsql as
                $$ begin raise notice 'notice %', $1; raise exception 'exception %', $1 using detail = $1; end $$;
            """, labelled: "setup")
        try connection.execute("insert into person values (\(Self.canary), \(PostgresDate(daysSince1970: 1)))")
    }

    private func text(_ error: PostgresError?) -> String {
        var dumped = ""
        dump(error, to: &dumped)
        return "\(String(describing: error)) \(String(reflecting: error)) \(dumped)"
    }

    private func refusal(_ sql: SQL) -> PostgresError? {
        let error = failure { try connection.execute(sql) }
        #expect(error != nil)
        #expect(!text(error).contains("Canary"))
        return error
    }

    @Test func `constraint violations name table, column and constraint`() throws {
        let day = PostgresDate(daysSince1970: 1)
        let unique = refusal(.named("person.insert", "insert into person values (\(Self.canary), \(day))"))
        #expect(unique?.kind == .constraint(name: "person_pkey") && unique?.recovery == .abort)
        #expect(
            unique?.description
                == "23505 in person.insert: unique_violation, table person, constraint person_pkey")
        let long = Self.canary + String(repeating: "x", count: 40)
        #expect(refusal("insert into person values (\(long), \(day))")?.kind == .constraint(name: "person_noms_check"))
        #expect(refusal("insert into person values (\(Self.canary + "2"), null)")?.kind == .constraint(name: "born"))
        #expect(refusal("insert into kit values (\(Self.canary + "3"))")?.kind == .constraint(name: "kit_holder_fkey"))
    }

    @Test func `casts, ranges, bad bytes and exceptions of functions keep their values to themselves`() throws {
        #expect(refusal("select (\(Self.canary))::int")?.kind == .invalidValue)
        #expect(refusal("select (\(Self.canary))::date")?.code == "22007")
        #expect(refusal("select (\("{" + Self.canary))::jsonb")?.kind == .invalidValue)
        #expect(refusal("update person set age = \(99_999)")?.code == "22003")
        #expect(refusal("select \(Self.canary + "\0")")?.kind == .invalidValue)
        #expect(refusal("select noisy(\(Self.canary))")?.code == "P0001")
        #expect(refusal("select noisy(\(Self.canary))")?.recovery == .stop)
        #expect(refusal("select \(PostgresDate(daysSince1970: .max))")?.kind == .invalidValue)
        #expect(refusal("select \(PostgresTimestamp(microseconds: .min + 1))")?.kind == .invalidValue)
    }

    @Test func `mistakes of the program stop it and tell where`() throws {
        #expect(refusal("select * from nowhere")?.kind == .undefinedObject)
        #expect(refusal("select nothing from person")?.kind == .undefinedObject)
        let syntax = refusal(.named("bad", "select select"))
        #expect(syntax?.kind == .programming && syntax?.recovery == .stop)
        #expect(syntax?.description == "42601 in bad: syntax_error, at character 8 of the statement")
        let script = failure { try connection.unsafeScript("select 1;\n\nselect x;", labelled: "s") }
        #expect(script?.message.contains("(line 3)") == true)
    }

    @Test func `permissions are told apart`() throws {
        let role = "r\(UInt32.random(in: 0 ... .max))"
        try connection.execute("create role \(unsafeRaw: role)")
        defer { _ = try? connection.execute("drop role \(unsafeRaw: role)") }
        let error = failure {
            try connection.transaction { session in
                try session.execute("set local role \(unsafeRaw: role)")
                try session.execute("select pg_read_file('/etc/passwd')")
            }
        }
        #expect(error?.kind == .permission && error?.recovery == .stop)
    }

    @Test func `a statement, a lock and an idle transaction run into their limits`() throws {
        var configuration = connection.configuration
        configuration.statementTimeout = .milliseconds(100)
        let hasty = try PostgresConnection(configuration)
        #expect(failure { _ = try hasty.query("select pg_sleep(10)") }?.kind == .timeout)
        #expect(try hasty.query("select 1").count == 1)

        configuration = connection.configuration
        configuration.lockTimeout = .milliseconds(100)
        let waiting = try PostgresConnection(configuration)
        try connection.pipeline { batch in
            batch.begin()
            batch.execute("lock table person in access exclusive mode")
        }
        let error = failure { try waiting.execute("delete from kit where holder in (select noms from person)") }
        #expect(error?.kind == .timeout && error?.recovery == .retry)
        try connection.rollback()

        configuration = connection.configuration
        configuration.idleInTransactionSessionTimeout = .milliseconds(50)
        let sleepy = try PostgresConnection(configuration)
        try sleepy.pipeline { $0.begin() }
        let pid = try #require(sleepy.backendProcessID)
        let ended = try eventually {
            try connection.query("select 1 from pg_stat_activity where pid = \(pid)").isEmpty
        }
        #expect(ended)
        #expect(failure { try sleepy.execute("select 1") }?.kind == .connectionLost)
    }

    @Test func `a deadlock says retry`() throws {
        try connection.execute("insert into person values ('other', \(PostgresDate(daysSince1970: 1)))")
        let second = try PostgresConnection(connection.configuration)
        let lock: (String) -> SQL = { "select 1 from person where noms = \($0) for update" }
        try connection.pipeline {
            $0.begin()
            $0.query(lock(Self.canary))
        }
        try second.pipeline {
            $0.begin()
            $0.query(lock("other"))
        }
        nonisolated(unsafe) let unsafeSecond = second
        let canary = Self.canary
        let thread = Worker { _ = failure { try unsafeSecond.execute(lockStatement(canary)) } }
        let error = failure { try connection.execute(lock("other")) }
        thread.join()
        // The server ends one of the two; whichever it was, the other got its lock.
        #expect(error == nil || error?.kind == .serializationOrDeadlock)
        #expect(second.isInTransaction != connection.isInTransaction)
    }
}

private func lockStatement(_ noms: String) -> SQL { "select 1 from person where noms = \(noms) for update" }
