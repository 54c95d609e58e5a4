import ExactlyOnceKafka
import HandoverPipeline
import HandoverRules
import Operations
import Postgres

/// Whether each recipient can be reached at all: by a webhook, by a valid token (feed, stream, inbox), or by Kafka. An
/// e-mail carries nothing of a handover, so it is no door. And whether nothing may leave to it, because its key is
/// named and was never registered.
struct DoorCheck {
    let settings: Settings

    /// Names in one line; the rest are counted.
    private static let namedMax = 10

    /// Nothing where the ledger cannot be asked: that is reported already.
    func findings() -> [Finding] {
        guard let connection = try? PostgresConnection(settings.postgres),
            let recipients = try? DoorCheck.recipients(on: connection)
        else { return [] }
        var findings: [Finding] = []
        let keyless = recipients.filter(\.lacksKey).map(\.id)
        if !keyless.isEmpty {
            findings.append(
                Finding(
                    "keys", .warning,
                    "nothing leaves to \(DoorCheck.named(keyless)): a public_key_file is named and no key stands; "
                        + "`throughgate import providers` with the file in reach"))
        }
        return findings
            + doorless(
                recipients.filter { !$0.hasDoor }.map(\.id), among: Set(recipients.map(\.id)))
    }

    private struct Recipient {
        var id: String
        var hasDoor: Bool
        var lacksKey: Bool
    }

    private static func recipients(on connection: PostgresConnection) throws -> [Recipient] {
        try connection.query(
            """
            select p.provider_id, p.kind, p.webhook_url is not null or exists (
                    select from token t where t.kind = 'RECIPIENT' and p.provider_id = any(t.names)
                        and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())),
                (p.public_key_file is not null
                    or exists (select from recipient_key o where o.provider_id = p.provider_id))
                and not exists (
                    select from recipient_key k where k.provider_id = p.provider_id and k.retired_at is null)
            from provider p where p.valid_to is null or p.valid_to >= current_date order by p.provider_id
            """
        ).compactMap { row in
            guard ProviderKind(rawValue: try row.text(1))?.recipient != nil else { return nil }
            return Recipient(id: try row[0], hasDoor: try row[2], lacksKey: try row[3])
        }
    }

    /// A reader of Kafka is known by its groups, whose names begin with its id (`topics plan`).
    ///
    /// - Parameter all: every recipient: a group belongs to the longest id that it begins with.
    private func doorless(_ candidates: [String], among all: Set<String>) -> [Finding] {
        guard !candidates.isEmpty else { return [] }
        let admin = try? TopicAdmin(configuration: settings.kafka, clientName: "throughgate-check")
        guard let groups = try? admin?.groups() else {
            return [
                Finding(
                    "doors", .warning,
                    "\(DoorCheck.named(candidates)): no webhook and no valid token, and the cluster does not tell who "
                        + "reads it; see that each reads its topic")
            ]
        }
        let reached = RecipientProbe.byRecipient(groups, all)
        let unreached = candidates.filter { reached[$0] == nil }
        guard !unreached.isEmpty else { return [] }
        return [
            Finding(
                "doors", .warning,
                "nobody reads for \(DoorCheck.named(unreached)): no webhook, no valid token, no group of Kafka; "
                    + "`throughgate token create --recipient ID`, or a webhook_url by `import providers`")
        ]
    }

    private static func named(_ ids: [String]) -> String {
        let more = ids.count - namedMax
        return ids.prefix(namedMax).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }
}
