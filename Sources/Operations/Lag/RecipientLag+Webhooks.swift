import HandoverRules
public import Postgres

extension RecipientLag {
    /// Recipients that the hub itself reaches or is asked by: those of the feed, then those of webhooks.
    public static func overHTTP(on connection: PostgresConnection) throws -> [RecipientLag] {
        try feeds(on: connection) + webhooks(on: connection)
    }

    /// Recipients with a webhook: what it has not taken yet, queued or not. ``fetchedAt`` is the last that it took;
    /// what was given up is a dead letter and does not wait. Longest waiting first.
    ///
    /// - Parameter recipient: this one only.
    public static func webhooks(
        of recipient: String? = nil, on connection: PostgresConnection
    ) throws -> [RecipientLag] {
        let rows = try connection.query(
            .named(
                "lag.webhooks",
                """
                select p.provider_id, w.handovers, w.people, w.oldest, d.last_success_at
                from provider p left join webhook_door d on d.recipient_id = p.provider_id
                cross join lateral (
                    select count(*) as handovers, count(distinct m.subject) as people, min(m.sent_at) as oldest
                    from (
                        (select q.position from webhook_delivery q
                            where q.recipient_id = p.provider_id and q.state = 'WAITING'
                            order by q.position limit \(countedMax))
                        union all
                        (select i.position from door_item i
                            where i.recipient_id = p.provider_id and i.position > coalesce(d.noticed, 0)
                            order by i.position limit \(countedMax))
                        order by 1 limit \(countedMax)) x
                        join door_item i using (position) join message m using (seq)) w
                where p.webhook_url is not null and (\(recipient)::text is null or p.provider_id = \(recipient))
                order by w.oldest nulls last, p.provider_id
                """))
        return try rows.map { try RecipientLag($0, door: .webhook) }
    }
}
