import CLibpq

/// Sends queued statements in one go and reads their results until the server is in step again.
///
/// One network round trip whatever the number of statements: Parse (where needed), Bind, Execute for each, one Sync at
/// the end. After the first failing statement the server skips the rest.
struct PipelineRun {
    private enum Message {
        case prepare(step: Int, key: StatementCache.Key)
        case execute(step: Int)
        case free(name: String)

        var step: Int? {
            switch self {
            case .prepare(let step, _), .execute(let step): step
            case .free: nil
            }
        }
    }

    let link: ServerLink
    let steps: [PipelineStep]
    let silence: Duration?
    private var messages: [Message] = []
    private var freshSteps: Set<Int> = []
    private(set) var results: [PostgresRows] = []
    /// The first error; later ones only say that the pipeline was aborted.
    private(set) var failure: PostgresError?

    init(link: ServerLink, steps: [PipelineStep], silence: Duration?) {
        self.link = link
        self.steps = steps
        self.silence = silence
    }

    /// Runs all steps. Throws only when the connection is lost; a server's error is in `failure`.
    mutating func run(_ cache: inout StatementCache) throws(PostgresError) {
        try link.enterPipeline()
        for index in steps.indices { try send(index, &cache) }
        for name in cache.discarded {
            messages.append(.free(name: name))
            try check(PQsendQueryParams(link.conn, "DEALLOCATE \(name)", 0, nil, nil, nil, nil, 1))
        }
        try check(PQpipelineSync(link.conn))
        try read(&cache)
    }

    private mutating func send(_ index: Int, _ cache: inout StatementCache) throws(PostgresError) {
        let sql = steps[index].sql
        let key = StatementCache.Key(text: sql.text, types: sql.arguments.types)
        let (name, isNew) = cache.name(for: key)
        if isNew {
            freshSteps.insert(index)
            messages.append(.prepare(step: index, key: key))
            try check(PQsendPrepare(link.conn, name, sql.text, Int32(key.types.count), key.types))
        }
        messages.append(.execute(step: index))
        let sent = sql.arguments.withPointers { values, lengths, formats in
            PQsendQueryPrepared(link.conn, name, Int32(values.count), values, lengths, formats, 1)
        }
        try check(sent)
    }

    private func check(_ sent: Int32) throws(PostgresError) {
        guard sent == 1 else { throw .connectionLost("sending failed") }
    }

    private mutating func read(_ cache: inout StatementCache) throws(PostgresError) {
        var position = 0
        var answered = false
        while true {
            guard let result = try link.nextResult(silence: silence) else {
                // A null ends one statement's results; a second one in a row means that we are out of step.
                guard answered, position < messages.count else { throw failure ?? lost() }
                position += 1
                answered = false
                continue
            }
            answered = true
            switch PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                PQclear(result)
                return
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                try succeeded(position, result, &cache)
            case PGRES_PIPELINE_ABORTED:
                PQclear(result)
                notDone(position, &cache)
            default:
                failed(position, result, &cache)
                PQclear(result)
            }
            if link.isLost { throw failure ?? lost() }
        }
    }

    private func lost() -> PostgresError { .connectionLost("the server closed the connection") }

    private mutating func succeeded(
        _ position: Int, _ result: OpaquePointer, _ cache: inout StatementCache
    ) throws(PostgresError) {
        guard position < messages.count else {
            PQclear(result)
            throw lost()
        }
        switch messages[position] {
        case .execute(let step): accept(step, PostgresRows(owning: result, statement: steps[step].sql.label))
        case .prepare: PQclear(result)
        case .free(let name):
            cache.freed(name)
            PQclear(result)
        }
    }

    private mutating func accept(_ step: Int, _ rows: PostgresRows) {
        // COMMIT of a failed transaction succeeds with the tag ROLLBACK.
        if steps[step].role == .commit, rows.tag == "ROLLBACK", failure == nil {
            failure = PostgresError(
                code: "COMMIT_ROLLED_BACK", kind: .transactionAborted,
                message: "the transaction had failed before its commit and was rolled back",
                statement: steps[step].sql.label)
        }
        // Only what came before the first failure counts as answered.
        if failure == nil { results.append(rows) }
    }

    private mutating func failed(_ position: Int, _ result: OpaquePointer, _ cache: inout StatementCache) {
        notDone(position, &cache)
        guard failure == nil else { return }
        let step = position < messages.count ? messages[position].step : nil
        let error = ServerReport.error(result, statement: step.flatMap { steps[$0].sql.label })
        failure = error
        // A statement prepared earlier that the server has dropped, or whose result columns have changed since.
        guard let step, !freshSteps.contains(step), error.code == "26000" || error.code == "0A000" else { return }
        cache.discard(StatementCache.Key(text: steps[step].sql.text, types: steps[step].sql.arguments.types))
        failure = PostgresError(
            code: error.code, kind: .statementInvalidated, message: error.message + "; the statement is prepared anew",
            statement: error.statement)
    }

    private func notDone(_ position: Int, _ cache: inout StatementCache) {
        guard position < messages.count, case .prepare(_, let key) = messages[position] else { return }
        cache.forget(key)
    }
}
