public import HandoverRules
public import Postgres

/// What flows from which prison to which recipient: the map of data flows that an accountability record asks for
/// (fields, purpose, volumes), from what was sent. No person in it.
public struct FlowMap: Sendable, Hashable {
    public struct Flow: Sendable, Hashable {
        /// nil where the spell names none.
        public var prison: String?
        public var recipientKind: String
        public var recipient: String
        public var handovers: Int
        public var versions: Int
        public var people: Int
        public var last: Instant
    }

    /// Rows of one map: 120 prisons and some recipients each.
    public static let flowsMax = 2_000

    public var flows: [Flow]

    /// Handovers whose newest version was sent since.
    public static func read(since: Instant, on connection: PostgresConnection) throws -> FlowMap {
        let rows = try connection.query(
            .named(
                "report.flow",
                """
                select coalesce(e.release_prison_id, e.planned_prison_id, e.prison_id), h.recipient_kind,
                    h.recipient_id, count(*), sum(h.version)::bigint, count(distinct h.person_id), max(h.sent_at)
                from handover h left join episode e on e.episode_id = h.spell_id
                where h.sent_at >= \(since.timestamp)
                group by 1, 2, 3 order by 1 nulls last, 2, 3 limit \(flowsMax)
                """))
        return FlowMap(
            flows: try rows.map { row in
                let handovers: Int64 = try row[3], versions: Int64 = try row[4], people: Int64 = try row[5]
                let last: PostgresTimestamp = try row[6]
                return Flow(
                    prison: try row[0], recipientKind: try row[1], recipient: try row[2], handovers: Int(handovers),
                    versions: Int(versions), people: Int(people), last: Instant(microseconds: last.microseconds))
            })
    }

    /// What a kind of recipient may know (domain.md §6), in words; the rule that every body is made by.
    public static func facts(_ recipient: RecipientKind) -> [String] {
        let allowed = Disclosure.allowed(recipient)
        return words.filter { allowed.contains($0.fact) }.map(\.words)
    }

    private static let words: [(fact: DisclosedFacts, words: String)] = [
        (.identity, "name, date of birth, prison number"), (.crn, "CRN"), (.pnc, "PNC id"),
        (.nhsNumber, "NHS number"), (.health, "opioid substitution treatment, detoxification, overdose history"),
        (.kitStatus, "whether a kit was in hand"), (.kitProductAndCount, "product and number of kits"),
        (.kitIdentity, "kit id, batch, expiry"), (.trainingDone, "whether training was completed"),
        (.trainingElements, "what was trained"), (.refusal, "what was refused and why"),
        (.address, "address and whether there is one"), (.release, "time and prison of release"),
        (.releaseClass, "planned or unplanned"), (.releaseReason, "reason of release"),
        (.supervision, "type of supervision and office"),
    ]
}
