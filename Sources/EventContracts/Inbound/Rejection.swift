/// Why a record is not taken: one stable code for `tg_reason` (contract.md §5).
public enum RejectionReason: String, CaseIterable, Sendable, Hashable {
    case malformed = "MALFORMED"
    case unknownType = "UNKNOWN_TYPE"
    case unknownVersion = "UNKNOWN_VERSION"
    case unknownCode = "UNKNOWN_CODE"
    case fieldInvalid = "FIELD_INVALID"
    case timeNaive = "TIME_NAIVE"
    case futureDated = "FUTURE_DATED"
    /// Same id, other content; decided where ids are kept.
    case idConflict = "ID_CONFLICT"
    case notEntitled = "NOT_ENTITLED"
    case tooLarge = "TOO_LARGE"
    /// The ledger refused it; decided there.
    case constraint = "CONSTRAINT"
    /// It killed the process three times alone; decided by the partition's lease.
    case poison = "POISON"
}

/// A record that is not taken. The detail names field and rule, never the value: it travels in a header.
public struct Rejection: Error, Hashable, Sendable {
    public let reason: RejectionReason
    /// Field and rule, `subject: must be a prison number: …`.
    public let detail: String

    public init(_ reason: RejectionReason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}
