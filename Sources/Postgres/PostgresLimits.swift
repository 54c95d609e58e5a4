/// Every bound of this module, with the reason beside it. A bound that an operator may change is only the default
/// of a ``PostgresConfiguration`` or ``PostgresPool`` value.
public enum PostgresLimits {
    /// Prepared statements kept on one connection. The ledger has a few dozen texts; the rest is head-room. Each
    /// costs the server some tens of kilobytes, so a text built from data cannot eat the server's memory.
    public static let preparedStatementsMax = 128

    /// Statements in one pipeline. A recording needs about a dozen; the bound keeps what the server may have to
    /// answer without being read within what one batch can hold.
    public static let pipelineStatementsMax = 256

    /// Parameters of one statement: the protocol counts them in 16 bits.
    public static let parametersMax = 65_535

    /// Bytes of parameters in one pipeline, and of one row of a COPY. The server refuses messages of 1 GiB; a quarter
    /// of that is far above any batch and about what a small machine survives twice (our copy and libpq's).
    public static let parameterBytesMax = 256 << 20

    /// Connections in one pool by default: commands and pages share these; the pipeline has its own connection.
    public static let poolConnectionsMax = 4

    /// How long ``PostgresPool/withConnection(_:)`` waits for a free connection: longer than one statement may run.
    public static let poolWait: Duration = .seconds(20)

    /// Time for DNS, TCP, TLS and authentication together. A server that is there answers in milliseconds.
    public static let connectTimeout: Duration = .seconds(5)

    /// Longest run of one statement. With ``lockTimeout`` and ``idleInTransactionSessionTimeout`` it stays below the
    /// Kafka session timeout (45 s), so that no lock outlives a process that froze or lost its partitions.
    public static let statementTimeout: Duration = .seconds(15)

    /// Longest wait for one lock: waiting longer than a batch takes means that somebody is stuck.
    public static let lockTimeout: Duration = .seconds(5)

    /// Longest silence inside an open transaction, after which the server ends the session and frees its locks.
    public static let idleInTransactionSessionTimeout: Duration = .seconds(20)

    /// Added to the statement timeouts to decide that a silent server is gone: the server answers its own timeout
    /// within milliseconds, so this only passes when the machine or the process stands still.
    public static let answerGrace: Duration = .seconds(10)

    /// TCP keep-alive: first probe after this silence, then the same between probes, lost after three. A machine
    /// that vanished without a word is noticed in about 20 s, below the Kafka session timeout.
    public static let keepAlive: Duration = .seconds(5)

    /// Data that the server's machine does not acknowledge for this long ends the connection.
    public static let unacknowledgedData: Duration = .seconds(20)

    /// Bytes of COPY data gathered before they are handed to the socket: libpq's own buffer grows in this order.
    public static let copyChunkBytes = 64 << 10

    /// Longest run of one statement of a migration: building an index on a large table takes minutes.
    public static let migrationStatementTimeout: Duration = .seconds(900)

    /// How long a migrator waits for another one to finish. Longer than one migration usually takes.
    public static let migrationLockTimeout: Duration = .seconds(120)

    /// Characters of an object's name shown in an error: PostgreSQL's own limit of a name.
    public static let nameCharactersMax = 63

    /// Bytes of a password file: it holds one line; anything longer is the wrong file.
    public static let passwordFileBytesMax = 4096
}
