/// One numbered change of the schema. Once applied anywhere its text must never change: write a new one.
public struct Migration: Sendable, Hashable {
    /// Its place in the order, from 1; gaps are allowed.
    public let number: Int
    /// A short name, such as `event_log`.
    public let name: String
    /// One or more statements, without BEGIN or COMMIT.
    public let sql: String

    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    var label: String { "migration \(number) \(name)" }
}

/// What a database has of a program's migrations.
public struct MigrationStatus: Sendable, Hashable {
    /// Applied, in order, with the time of it.
    public let applied: [Applied]
    /// Not applied yet, in order.
    public let pending: [Migration]
    /// Applied, but with another text than this program's.
    public let changed: [Migration]
    /// Numbers that the database has and this program does not know: a newer program was here.
    public let unknown: [Int]

    /// A migration that the database has.
    public struct Applied: Sendable, Hashable {
        public let number: Int
        public let name: String
        public let at: PostgresTimestamp
    }

    /// Whether a newer program has migrated this database.
    public var isNewerThanProgram: Bool { !unknown.isEmpty }

    /// Whether the program can work with the database as it is.
    public var isCurrent: Bool { pending.isEmpty && changed.isEmpty && unknown.isEmpty }

    /// The reason why migrations must not be applied, if there is one.
    var fault: PostgresError? {
        if let migration = changed.first {
            return Self.fault(
                "MIGRATION_CHANGED",
                "\(migration.label) was applied with another text; restore it and write a new migration instead")
        }
        let newest = applied.map(\.number).max() ?? 0
        if let number = unknown.first {
            return Self.fault(
                "SCHEMA_NEWER",
                "the database has migration \(number), which this program does not know; run the newer program")
        }
        if let late = pending.first, late.number < newest {
            return Self.fault(
                "MIGRATION_OUT_OF_ORDER",
                "\(late.label) comes before migration \(newest), which is applied; give it a number above that")
        }
        return nil
    }

    private static func fault(_ code: String, _ message: String) -> PostgresError {
        PostgresError(code: code, kind: .migration, message: message)
    }
}
