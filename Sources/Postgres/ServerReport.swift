import CLibpq

/// Turns an error result into a ``PostgresError``, reading only fields that cannot hold values.
enum ServerReport {
    static func error(_ result: OpaquePointer, statement: String?) -> PostgresError {
        guard let state = field(result, THROUGHGATE_DIAG_SQLSTATE) else {
            return .connectionLost("the server closed the connection", statement: statement)
        }
        let severity = field(result, THROUGHGATE_DIAG_SEVERITY)
        let constraint = name(result, THROUGHGATE_DIAG_CONSTRAINT)
        let column = name(result, THROUGHGATE_DIAG_COLUMN)
        let kind = SQLState.kind(
            state, fatal: severity == "FATAL" || severity == "PANIC", constraint: constraint ?? column)
        let doubtful = state == "40003" || state == "08007"
        return PostgresError(
            code: state, kind: kind, message: message(result, state, constraint: constraint, column: column),
            statement: statement, outcome: doubtful ? .unknown : .notCommitted, row: copyRow(result))
    }

    private static func message(
        _ result: OpaquePointer, _ state: String, constraint: String?, column: String?
    ) -> String {
        var parts = [SQLState.name(state)]
        if let table = name(result, THROUGHGATE_DIAG_TABLE) { parts.append("table \(table)") }
        if let column { parts.append("column \(column)") }
        if let constraint { parts.append("constraint \(constraint)") }
        if let type = name(result, THROUGHGATE_DIAG_DATATYPE) { parts.append("type \(type)") }
        if let position = field(result, THROUGHGATE_DIAG_POSITION).flatMap({ Int($0) }) {
            parts.append("at character \(position) of the statement")
        }
        return parts.joined(separator: ", ")
    }

    /// Where in the statement the server found the fault, counted in characters from 1.
    static func position(_ result: OpaquePointer) -> Int? {
        field(result, THROUGHGATE_DIAG_POSITION).flatMap { Int($0) }
    }

    /// `COPY t, line 3, column …: "value"`: only the number is taken. A server that does not speak English gives
    /// none.
    private static func copyRow(_ result: OpaquePointer) -> Int? {
        guard let context = field(result, THROUGHGATE_DIAG_CONTEXT), context.hasPrefix("COPY ") else { return nil }
        let words = context.split(maxSplits: 16) { $0 == " " || $0 == "," || $0 == ":" }
        guard let line = words.firstIndex(of: "line"), line + 1 < words.count else { return nil }
        return Int(words[line + 1])
    }

    private static func name(_ result: OpaquePointer, _ code: Int) -> String? {
        field(result, code).map { String($0.prefix(PostgresLimits.nameCharactersMax)) }
    }

    private static func field(_ result: OpaquePointer, _ code: Int) -> String? {
        PQresultErrorField(result, Int32(code)).map { String(cString: $0) }
    }
}
