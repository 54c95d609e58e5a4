import CLibpq

/// Where PostgreSQL is and how long anything may take there.
///
/// Its texts (`description`, reflection) never show the user, the password or the URL.
public struct PostgresConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// A file whose content is the password, read anew for each connection (a rotated secret is picked up by the
    /// next one). It takes precedence over a password in the URL. One trailing line end is removed.
    public var passwordFile: String?
    /// Shown in `pg_stat_activity`. Names the program and the instance, never a person.
    public var applicationName = "throughgate"
    /// Bound of the whole connecting, including TLS and authentication (not of the DNS resolver, which has its own).
    public var connectTimeout = PostgresLimits.connectTimeout
    /// Longest run of one statement; `nil` lets it run for ever and gives up noticing a silent server.
    public var statementTimeout: Duration? = PostgresLimits.statementTimeout
    /// Longest wait for one lock; `nil` waits as long as the statement may run.
    public var lockTimeout: Duration? = PostgresLimits.lockTimeout
    /// Longest silence inside an open transaction before the server ends the session; `nil` is no bound.
    public var idleInTransactionSessionTimeout: Duration? = PostgresLimits.idleInTransactionSessionTimeout
    /// Added to the statement timeouts: a server silent for longer is given up (kind `connectionLost`).
    public var answerGrace = PostgresLimits.answerGrace

    /// Statements are planned for each run, on the tables as they are then, not once for all. For sessions of short
    /// statements over tables that grow from nothing: a plan made while they were empty may read all of an index for
    /// ever. Statements without parameters are planned once all the same.
    public var plansEachRun = false

    private let keywords: [(name: String, value: String)]

    /// Reads `postgres://user@host:port/database?sslmode=…`, with every option of a libpq connection URI
    /// (`?host=/run/postgresql` for a local socket). What is left out comes from libpq's defaults (`PGHOST` …).
    ///
    /// - Throws: ``PostgresError`` with code `CONFIGURATION`; its text does not repeat the URL.
    public init(url: String) throws(PostgresError) {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw .configuration("the database URL must start with postgres:// or postgresql://")
        }
        guard let parsed = Self.parse(url) else {
            throw .configuration("the database URL cannot be read; expected postgres://user@host:port/database")
        }
        keywords = parsed
    }

    /// Host, port and database, for messages: `db.internal:5432/hub`.
    public var target: String {
        let host = self["host"] ?? self["hostaddr"] ?? "localhost"
        return "\(host):\(self["port"] ?? "5432")/\(self["dbname"] ?? "(default)")"
    }

    /// The hosts that the URL names, by `host` or `hostaddr`; a folder is a local socket. Empty: libpq's own default.
    public var hosts: [String] {
        (self["host"] ?? self["hostaddr"] ?? "").split(separator: ",", omittingEmptySubsequences: false).map(
            String.init)
    }

    /// How far TLS goes (libpq's `sslmode`), where the URL says.
    public var sslMode: String? { self["sslmode"] }

    /// The URL itself carries a password.
    public var holdsPassword: Bool { self["password"]?.isEmpty == false }

    public var description: String { "PostgresConfiguration(\(target))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["target": target]) }

    private subscript(name: String) -> String? { keywords.last { $0.name == name }?.value }

    private static func parse(_ url: String) -> [(name: String, value: String)]? {
        var complaint: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(url, &complaint)
        if let complaint { PQfreemem(complaint) }  // it may quote the password: dropped unread
        guard let options else { return nil }
        defer { PQconninfoFree(options) }
        var found: [(name: String, value: String)] = []
        var next = options
        while let name = next.pointee.keyword {
            if let value = next.pointee.val { found.append((String(cString: name), String(cString: value))) }
            next += 1
        }
        return found
    }

    /// The keywords for `PQconnectStartParams`; a later one wins over an earlier one.
    func connectionKeywords() throws(PostgresError) -> [(name: String, value: String)] {
        // Encryption is TLS's, unless the URL says otherwise: libpq would ask Kerberos at each connection, whose
        // library ends a process with SIGABRT that exits while a connection is made.
        var all = [("gssencmode", "disable")] + keywords.filter { $0.name != "options" }
        all.append(("client_encoding", "UTF8"))
        all.append(("application_name", applicationName))
        let probe = String(PostgresLimits.keepAlive.components.seconds)
        all += [("keepalives", "1"), ("keepalives_idle", probe), ("keepalives_interval", probe)]
        all += [("keepalives_count", "3")]
        all.append(("tcp_user_timeout", PostgresLimits.unacknowledgedData.milliseconds))
        all.append(("options", sessionOptions))
        if let passwordFile { all.append(("password", try PasswordFile.read(passwordFile))) }
        return all
    }

    private var sessionOptions: String {
        // JIT is off: compiling a batch statement costs more than the statement takes.
        var options = [self["options"], "-c TimeZone=UTC", "-c jit=off"].compactMap(\.self)
        if plansEachRun { options.append("-c plan_cache_mode=force_custom_plan") }
        let limits: [(String, Duration?)] = [
            ("statement_timeout", statementTimeout), ("lock_timeout", lockTimeout),
            ("idle_in_transaction_session_timeout", idleInTransactionSessionTimeout),
        ]
        for (name, limit) in limits { options.append("-c \(name)=\(limit?.milliseconds ?? "0")") }
        return options.joined(separator: " ")
    }
}

extension Duration {
    /// Whole milliseconds, at least 1: PostgreSQL reads 0 as "no limit".
    var milliseconds: String { String(max(1, wholeMilliseconds)) }

    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(seconds, 2_000_000) * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
