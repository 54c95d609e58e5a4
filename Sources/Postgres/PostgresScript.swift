import CLibpq

extension PostgresConnection {
    /// Runs a text of several statements that takes no values (a migration, a test's set-up). In a transaction if one
    /// is open, otherwise all in one of its own. It must be part of the program: data in it is an injection.
    ///
    /// - Throws: ``PostgresError``; the text names the line of the script where the server found the fault.
    public func unsafeScript(_ script: String, labelled label: StaticString) throws(PostgresError) {
        try runScript(script, label: "\(label)")
    }

    func runScript(_ script: String, label: String) throws(PostgresError) {
        let link = try idleLink()
        var failure: PostgresError?
        do throws(PostgresError) {
            guard PQsendQuery(link.conn, script) == 1 else { throw PostgresError.connectionLost("sending failed") }
            while let result = try link.nextResult(silence: silence(statements: 1)) {
                defer { PQclear(result) }
                switch PQresultStatus(result) {
                case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: continue
                default: failure = failure ?? Self.scriptError(result, script, label)
                }
                if link.isLost { break }
            }
        } catch {
            failure = failure ?? error
            self.link = nil
        }
        try settle(failure)
    }

    private static func scriptError(_ result: OpaquePointer, _ script: String, _ label: String) -> PostgresError {
        let error = ServerReport.error(result, statement: label)
        guard let position = ServerReport.position(result) else { return error }
        let line = 1 + script.unicodeScalars.prefix(position).count { $0 == "\n" }
        return PostgresError(
            code: error.code, kind: error.kind, message: "\(error.message) (line \(line))", statement: label)
    }

    /// The link, out of pipeline mode, with an announced BEGIN sent.
    func idleLink() throws(PostgresError) -> ServerLink {
        if case .announced = scope { _ = try run([]) }
        guard let link, !link.isLost else {
            close()
            throw .connectionClosed
        }
        try link.leavePipeline()
        return link
    }

    /// After work outside a pipeline: throws what went wrong, with the connection usable or closed.
    func settle(_ failure: PostgresError?) throws(PostgresError) {
        let wasOpen = isInScope
        if link?.isLost ?? true { close() }
        guard var failure else { return }
        if link == nil, !wasOpen { failure.outcome = .unknown }
        if !wasOpen, link?.transaction == .failed {
            do { try rollback() } catch { close() }
        }
        throw failure
    }
}
