public import ExactlyOnceKafka
public import Postgres

/// Which partitions belong to a process that runs, as the ledger knows: each hub holds its instance's lock there.
/// True as soon as PostgreSQL notices the end of a process, long before the group's session expires.
public enum RunningInstances {
    /// The instance that last recorded each partition, and whether it runs.
    public static func holders(
        on connection: PostgresConnection
    ) throws -> [TopicPartition: (instance: String, isRunning: Bool)] {
        let rows = try connection.query(
            .named(
                "instances.running",
                """
                with running as (
                    select (l.classid::bigint << 32) | l.objid::bigint as key from pg_locks l
                    where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
                        and l.database = (select oid from pg_database where datname = current_database()))
                select topic, partition, instance,
                    hashtextextended(\(unsafeRaw: LedgerSQL.instanceLockSpace) || instance, 0)
                        in (select key from running)
                from partition_lease
                """))
        var holders: [TopicPartition: (instance: String, isRunning: Bool)] = [:]
        for row in rows { holders[TopicPartition(try row[0], try row[1])] = (try row[2], try row[3]) }
        return holders
    }
}
