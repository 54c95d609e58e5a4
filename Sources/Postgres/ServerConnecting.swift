import CLibpq

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Opening a connection within a bound, and telling why it failed without repeating what the server wrote.
extension ServerLink {
    convenience init(connectingTo configuration: PostgresConfiguration) throws(PostgresError) {
        let keywords = try configuration.connectionKeywords()
        guard let conn = Self.start(keywords) else { throw .configuration("out of memory while connecting") }
        // libpq prints notices to stderr unless told otherwise, and a notice can quote values.
        PQsetNoticeReceiver(conn, { _, _ in }, nil)
        // The message of a refusal is then the bare SQLSTATE instead of a sentence with the user's name.
        PQsetErrorVerbosity(conn, PQERRORS_SQLSTATE)
        self.init(owning: conn)
        let finished = Self.finish(conn, within: configuration.connectTimeout)
        guard finished, PQstatus(conn) == CONNECTION_OK, PQsetnonblocking(conn, 1) == 0 else {
            throw Self.refusal(conn, finished: finished, target: configuration.target)
        }
    }

    private static func start(_ keywords: [(name: String, value: String)]) -> OpaquePointer? {
        let names = keywords.map { strdup($0.name) }
        let values = keywords.map { strdup($0.value) }
        defer {
            for pointer in names { free(pointer) }
            for pointer in values {
                if let pointer { explicit_bzero(pointer, strlen(pointer)) }  // one of them is the password
                free(pointer)
            }
        }
        let nameList = names.map { UnsafePointer($0) } + [nil]
        let valueList = values.map { UnsafePointer($0) } + [nil]
        return PQconnectStartParams(nameList, valueList, 0)
    }

    private static func finish(_ conn: OpaquePointer, within limit: Duration) -> Bool {
        let deadline = ContinuousClock.now + limit
        var events = Int16(POLLOUT)
        while PQstatus(conn) != CONNECTION_BAD {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero, Socket.wait(PQsocket(conn), events: events, atMost: left) != nil else { return false }
            switch PQconnectPoll(conn) {
            case PGRES_POLLING_OK, PGRES_POLLING_FAILED: return true
            case PGRES_POLLING_READING: events = Int16(POLLIN)
            default: events = Int16(POLLOUT)
            }
        }
        return true
    }

    private static func refusal(_ conn: OpaquePointer, finished: Bool, target: String) -> PostgresError {
        let said = PQerrorMessage(conn).map { String(cString: $0) } ?? ""
        if finished, let state = state(endOf: said) {
            let kind = SQLState.connectKind(state)
            let remedy =
                switch (kind, state) {
                case (.authentication, _): "check user, password (passwordFile) and pg_hba.conf"
                case (_, "3D000"): "create the database or correct its name"
                default: "see its log"
                }
            return PostgresError(
                code: state, kind: kind, message: "\(target) refused: \(SQLState.name(state)); \(remedy)")
        }
        if finished, PQconnectionNeedsPassword(conn) == 1 {
            return PostgresError(
                code: "28P01", kind: .authentication, message: "\(target) asks for a password; set passwordFile")
        }
        let settings = ["invalid", "does not support SSL", "certificate"]
        if finished, settings.contains(where: { said.contains($0) }) {
            return .configuration("cannot connect to \(target): \(reason(said)); correct the database URL")
        }
        return PostgresError(
            code: "CANNOT_CONNECT", kind: .cannotConnect,
            message: "cannot connect to \(target): \(finished ? reason(said) : "no answer in time"); "
                + "check that the server runs and that host, port and sslmode are right")
    }

    /// With PQERRORS_SQLSTATE the last line of a refusal ends in the code: `FATAL:  28P01`.
    private static func state(endOf message: String) -> String? {
        guard let line = message.split(separator: "\n").last, let colon = line.lastIndex(of: ":") else { return nil }
        let word = line[line.index(after: colon)...].drop { $0 == " " }
        let isState = word.utf8.count == 5 && word.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber) }
        return isState ? String(word) : nil
    }

    /// One of a few fixed phrases for what libpq said, so that no part of its text is repeated.
    private static func reason(_ said: String) -> String {
        let phrases = [
            ("Connection refused", "connection refused"), ("No such file", "the socket does not exist"),
            ("translate host name", "the host name does not resolve"), ("timeout", "no answer in time"),
            ("No route", "no route to the host"), ("unreachable", "the network is unreachable"),
            ("certificate", "the server's certificate was not accepted"), ("SSL", "TLS could not be agreed"),
            ("closed the connection", "the server closed the connection"), ("reset", "the connection was reset"),
            ("Permission denied", "the socket may not be opened"), ("invalid", "a connection option is not valid"),
        ]
        return phrases.first { said.contains($0.0) }?.1 ?? "the connection failed"
    }
}
