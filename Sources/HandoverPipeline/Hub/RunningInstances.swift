public import ExactlyOnceKafka
public import Postgres

/// Which partitions belong to a process that runs, as the ledger knows: each hub holds its instance's lock there.
/// True as soon as PostgreSQL notices the end of a process, long before the group's session expires.
public enum RunningInstances {
    /// Who last recorded a partition.
    public struct Holder: Sendable, Hashable {
        public var instance: String
        public var isRunning: Bool
        /// Everything before this offset was published: a group whose offset lies before it went back.
        public var publishedNext: Int64

        public init(instance: String, isRunning: Bool, publishedNext: Int64) {
            self.instance = instance
            self.isRunning = isRunning
            self.publishedNext = publishedNext
        }
    }

    public static func holders(on connection: PostgresConnection) throws -> [TopicPartition: Holder] {
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
                        in (select key from running), published_through + 1
                from partition_lease
                """))
        var holders: [TopicPartition: Holder] = [:]
        for row in rows {
            holders[TopicPartition(try row[0], try row[1])] = Holder(
                instance: try row[2], isRunning: try row[3], publishedNext: try row[4])
        }
        return holders
    }
}
