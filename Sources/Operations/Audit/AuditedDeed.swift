import ExactlyOnceKafka
public import Postgres

/// A deed that is no change of the ledger alone, so that it cannot be one transaction with its entry: something sent to
/// Kafka, several transactions, another's work. It has two entries: what somebody is about to do, committed before
/// anything is done, and how it ended. A crash in between leaves the first alone: what was begun is known, how it ended
/// is not. What cannot be noted is not done.
public enum AuditedDeed {
    /// Under this name an entry says which of the two it is.
    public static let step = "step"
    public static let intended = "intended"
    public static let done = "done"
    public static let failed = "failed"
    /// Under this name the second entry has the number of the first.
    public static let of = "of"

    /// The first entry of a deed.
    /// - Throws: `PostgresError`; then nothing may be done.
    public static func begin(_ note: AuditNote, on connection: PostgresConnection) throws -> AuditHead {
        var note = note
        note.detail[step] = intended
        return try AuditBook.note(note, on: connection)
    }

    /// The second entry, for where an ending is noted within a transaction.
    public static func ended(_ note: AuditNote, _ first: AuditHead, as ending: String = done) -> AuditNote {
        var note = note
        note.detail[step] = ending
        note.detail[of] = String(first.seq)
        return note
    }

    /// Notes, does, notes how it ended.
    ///
    /// The ending is noted as well as can be: a deed that was done stays done and its result is not lost, although
    /// PostgreSQL is away by then.
    /// - Parameter ending: what is known only afterwards, such as the id of what was made.
    public static func run<Result>(
        _ note: AuditNote, on connection: PostgresConnection, ending: (Result) -> [String: String] = { _ in [:] },
        _ deed: () throws -> Result
    ) throws -> Result {
        let first = try begin(note, on: connection)
        do {
            let result = try deed()
            var second = note
            second.detail.merge(ending(result)) { $1 }
            _ = try? AuditBook.note(ended(second, first), on: connection)
            return result
        } catch {
            _ = try? AuditBook.note(failure(note, first, error), on: connection)
            throw error
        }
    }

    /// A code at most, never a text: that could hold anything.
    public static func failure(_ note: AuditNote, _ first: AuditHead, _ error: any Error) -> AuditNote {
        var note = note
        note.detail["error"] = (error as? PostgresError)?.code ?? "\(type(of: error))"
        return ended(note, first, as: failed)
    }
}
