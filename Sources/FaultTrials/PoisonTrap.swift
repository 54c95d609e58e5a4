public import FoundationEssentials
public import Postgres

/// Makes one event kill the process that records it, under a supervisor that looks: its insert stops in a trigger, and
/// whoever asks ``caught()`` sends SIGKILL.
public struct PoisonTrap {
    private static let lockKey = 47_114_711
    private let superuser: PostgresConnection

    /// - Parameters:
    ///   - event: the event that kills.
    ///   - superuser: of the ledger's database.
    public init(_ event: UUID, _ superuser: PostgresConnection) throws {
        self.superuser = superuser
        try superuser.execute(
            """
            create function spring() returns trigger language plpgsql as $$
            begin
                perform pg_advisory_xact_lock(\(unsafeRaw: "\(PoisonTrap.lockKey)"));
                perform pg_sleep(60);
                return new;
            end $$
            """)
        try superuser.execute(
            """
            create trigger trap before insert on event for each row
            when (new.event_id = \(unsafeRaw: "'\(event.uuidString)'::uuid")) execute function spring()
            """)
    }

    /// The backend that records the event now.
    public func caught() throws -> Int32? {
        try Array(
            superuser.query(
                """
                select pid from pg_locks
                where locktype = 'advisory' and objid = \(unsafeRaw: "\(PoisonTrap.lockKey)") and granted limit 1
                """
            )
        ).first.map { try $0[0] }
    }

    /// Ends the backend of a process that is dead: it would sleep on.
    public func release(_ backend: Int32) throws {
        _ = try superuser.query("select pg_terminate_backend(\(backend))")
    }
}
