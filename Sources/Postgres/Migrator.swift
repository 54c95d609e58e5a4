/// Applies numbered migrations in order, each in a transaction of its own together with its record in the table
/// `schema_migration`. Any number of programs may do so at the same time: an advisory lock lets one go on at a time.
///
/// A crash leaves whole migrations only; the next run carries on with the first missing one.
public struct Migrator: Sendable {
    public let migrations: [Migration]

    /// The advisory lock's key: "throughg" in ASCII.
    private static let lockKey: Int64 = 0x7468_726F_7567_6867

    /// - Throws: ``PostgresError`` of kind `programming` if two migrations have one number or a number is below 1.
    public init(_ migrations: [Migration]) throws(PostgresError) {
        self.migrations = migrations.sorted { $0.number < $1.number }
        guard Set(migrations.map(\.number)).count == migrations.count, migrations.allSatisfy({ $0.number > 0 }) else {
            throw .programming("the numbers of the migrations must be above 0 and each used once")
        }
    }

    /// What is applied and what is not. Changes nothing.
    public func status(on connection: PostgresConnection) throws(PostgresError) -> MigrationStatus {
        let exists =
            try connection.query(
                .named("migration.table", "select to_regclass('schema_migration') is not null")
            ).only()[0] as Bool
        guard exists else { return MigrationStatus(applied: [], pending: migrations, changed: [], unknown: []) }
        let rows = try connection.query(
            .named(
                "migration.status",
                """
                select s.number, s.name, s.applied_at,
                    s.checksum is distinct from encode(sha256(m.text), 'hex'), m.number is null
                from schema_migration s
                left join unnest(\(migrations.map(\.number)), \(migrations.map { Array($0.sql.utf8) }))
                    as m (number, text) on m.number = s.number
                order by s.number
                """))
        return try read(rows)
    }

    /// Applies what is missing and returns it, in order; nothing if the database is current.
    ///
    /// - Throws: ``PostgresError`` of kind `migration` (an applied text changed, the database is newer, a number is out
    ///   of order) before anything is done, or a migration's own error; the ones before it stay applied.
    public func apply(on connection: PostgresConnection) throws -> [Migration] {
        let usual = connection.statementTimeout
        connection.statementTimeout = PostgresLimits.migrationStatementTimeout
        defer { connection.statementTimeout = usual }
        var done: [Migration] = []
        while let migration = try applyNext(on: connection) { done.append(migration) }
        return done
    }

    private func applyNext(on connection: PostgresConnection) throws -> Migration? {
        do {
            return try connection.transaction { session throws -> Migration? in
                try lock(session)
                let status = try status(on: session)
                if let fault = status.fault { throw fault }
                guard let next = status.pending.first else { return nil }
                try session.runScript(next.sql, label: next.label)
                guard session.isInTransaction else {
                    throw PostgresError(
                        code: "MIGRATION_TRANSACTION", kind: .migration,
                        message: "\(next.label) ends its own transaction; take BEGIN and COMMIT out of it")
                }
                try record(next, session)
                return next
            }
        } catch {
            // Which phase failed matters less here than the server's reason.
            if var reason = error.postgres {
                reason.outcome = error.outcome
                throw reason
            }
            throw error
        }
    }

    /// Waits for other migrators, with the longer limits of a migration until the end of the transaction.
    private func lock(_ session: PostgresConnection) throws(PostgresError) {
        let wait = PostgresLimits.migrationLockTimeout.milliseconds
        let statement = PostgresLimits.migrationStatementTimeout.milliseconds
        try session.execute(
            .named(
                "migration.limits",
                """
                select set_config('lock_timeout', \(wait), true), set_config('statement_timeout', \(statement), true),
                    set_config('client_min_messages', 'warning', true)
                """))
        try session.execute(.named("migration.lock", "select pg_advisory_xact_lock(\(Self.lockKey))"))
        try session.execute(
            .named(
                "migration.table",
                """
                create table if not exists schema_migration (
                    number bigint primary key, name text not null, checksum text not null,
                    applied_at timestamptz not null default now())
                """))
    }

    private func record(_ migration: Migration, _ session: PostgresConnection) throws(PostgresError) {
        try session.execute(
            .named(
                "migration.record",
                """
                insert into schema_migration (number, name, checksum)
                values (\(migration.number), \(migration.name),
                    encode(sha256(\(Array(migration.sql.utf8))), 'hex'))
                """))
    }

    private func read(_ rows: PostgresRows) throws(PostgresError) -> MigrationStatus {
        var applied: [MigrationStatus.Applied] = []
        var changed: [Int] = []
        var unknown: [Int] = []
        for row in rows {
            let number: Int = try row[0]
            applied.append(.init(number: number, name: try row[1], at: try row[2]))
            if try row[4] { unknown.append(number) } else if try row[3] { changed.append(number) }
        }
        let known = Set(applied.map(\.number))
        return MigrationStatus(
            applied: applied, pending: migrations.filter { !known.contains($0.number) },
            changed: migrations.filter { changed.contains($0.number) }, unknown: unknown)
    }
}
