import Crypto
import EventContracts
import FoundationEssentials
import HandoverRules
import Postgres

/// When each answer was first given. Given again under the same id it is told to have happened then: the same event,
/// not another one of the same id (which the hub would refuse as ID_CONFLICT).
enum AnswerBook {
    /// Notes an answer that is about to be published; a crash before that leaves a note of an answer that nobody got.
    /// - Parameter about: the handover or task that it answers.
    static func firstTime(
        _ event: UUID, about: UUID?, action: String, on connection: PostgresConnection
    ) throws -> HandoverRules.Instant {
        try connection.execute(
            .named("answer.sweep", "delete from answer_sent where at < now() - interval '30 days'"))
        let at: PostgresTimestamp = try connection.query(
            .named(
                "answer.note",
                """
                insert into answer_sent as a (event_id, about, action) values (\(event), \(about), \(action))
                on conflict (event_id) do update set action = a.action returning at
                """)
        ).only()[0]
        return at.instant
    }

    /// The id of what a form sends: the same for the same words of the same form, another one for anything else.
    /// - Parameter parts: who sends it, the form's key, and all that it says.
    static func id(_ parts: [String]) -> UUID {
        var hash = SHA256()
        for part in parts {
            hash.update(data: Array(part.utf8))
            hash.update(data: [0])
        }
        return DerivedID.version8(hash.finalize())
    }
}
