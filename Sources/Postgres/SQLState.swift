/// PostgreSQL's error codes (its appendix A): their condition names and what they mean for a decision. Pure.
enum SQLState {
    /// The decision for a code. `fatal` says that the server ended the session with it.
    static func kind(_ state: String, fatal: Bool, constraint: String?) -> PostgresError.Kind {
        if fatal, !state.hasPrefix("28") { return .connectionLost }
        if let exact = exactKinds[state] { return exact }
        switch state.prefix(2) {
        case "08": return .connectionLost
        case "22": return .invalidValue
        case "23": return .constraint(name: constraint ?? "unnamed")
        case "28": return .authentication
        case "40": return .serializationOrDeadlock
        case "53": return .resources
        case "0A", "26", "34", "42": return .programming
        default: return .other
        }
    }

    /// The decision for a code that refused a connection.
    static func connectKind(_ state: String) -> PostgresError.Kind {
        switch state {
        case "3D000": .undefinedObject
        case "42501": .permission
        default: state.hasPrefix("28") ? .authentication : .cannotConnect
        }
    }

    /// The condition's name, or its class where the code is a rare one.
    static func name(_ state: String) -> String {
        names[state] ?? classNames[String(state.prefix(2))] ?? "error"
    }

    private static let exactKinds: [String: PostgresError.Kind] = [
        "25006": .cannotConnect, "25P02": .transactionAborted, "25P03": .connectionLost,
        "3D000": .undefinedObject, "3F000": .undefinedObject,
        "42501": .permission, "42703": .undefinedObject, "42704": .undefinedObject, "42883": .undefinedObject,
        "42P01": .undefinedObject, "55P03": .timeout, "57014": .timeout,
        "57P01": .connectionLost, "57P02": .connectionLost, "57P03": .cannotConnect, "57P05": .connectionLost,
    ]

    private static let classNames: [String: String] = [
        "08": "connection_exception", "0A": "feature_not_supported", "22": "data_exception",
        "23": "integrity_constraint_violation", "25": "invalid_transaction_state",
        "28": "invalid_authorization_specification", "40": "transaction_rollback",
        "42": "syntax_error_or_access_rule_violation", "53": "insufficient_resources",
        "54": "program_limit_exceeded", "55": "object_not_in_prerequisite_state", "57": "operator_intervention",
        "58": "system_error", "P0": "raised_in_function", "XX": "internal_error",
    ]

    private static let names: [String: String] = [
        "0A000": "feature_not_supported", "21000": "cardinality_violation",
        "22001": "string_data_right_truncation", "22003": "numeric_value_out_of_range",
        "22007": "invalid_datetime_format", "22008": "datetime_field_overflow", "22012": "division_by_zero",
        "22021": "character_not_in_repertoire", "22023": "invalid_parameter_value",
        "22P02": "invalid_text_representation", "22P03": "invalid_binary_representation",
        "22P04": "bad_copy_file_format", "23001": "restrict_violation", "23502": "not_null_violation",
        "23503": "foreign_key_violation", "23505": "unique_violation", "23514": "check_violation",
        "23P01": "exclusion_violation", "25001": "active_sql_transaction",
        "25006": "read_only_sql_transaction", "25P01": "no_active_sql_transaction",
        "25P02": "in_failed_sql_transaction", "25P03": "idle_in_transaction_session_timeout",
        "26000": "invalid_sql_statement_name", "28P01": "invalid_password", "3D000": "invalid_catalog_name",
        "3F000": "invalid_schema_name", "40001": "serialization_failure",
        "40003": "statement_completion_unknown", "40P01": "deadlock_detected",
        "42501": "insufficient_privilege", "42601": "syntax_error", "42702": "ambiguous_column",
        "42703": "undefined_column", "42704": "undefined_object", "42710": "duplicate_object",
        "42804": "datatype_mismatch", "42883": "undefined_function", "42P01": "undefined_table",
        "42P07": "duplicate_table", "42P08": "ambiguous_parameter", "42P10": "invalid_column_reference",
        "42P18": "indeterminate_datatype", "53100": "disk_full", "53200": "out_of_memory",
        "53300": "too_many_connections", "54000": "program_limit_exceeded", "55006": "object_in_use",
        "55P03": "lock_not_available", "57014": "query_canceled", "57P01": "admin_shutdown",
        "57P02": "crash_shutdown", "57P03": "cannot_connect_now", "57P05": "idle_session_timeout",
        "58030": "io_error", "P0001": "raise_exception", "XX000": "internal_error", "XX001": "data_corrupted",
        "XX002": "index_corrupted",
    ]
}
