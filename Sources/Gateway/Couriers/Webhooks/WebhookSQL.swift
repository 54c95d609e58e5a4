import Postgres

/// Every SQL text of webhook deliveries. Times come from the courier's clock, leases go by PostgreSQL's.
enum WebhookSQL {
    /// Moves with every import, in the import's transaction.
    static let registers: SQL = .named("webhook.registers", "select version from register_version")

    /// A line of delivery for everybody who has a webhook. It begins with the first version kept, as a feed does.
    static let doors: SQL = .named(
        "webhook.doors",
        """
        insert into webhook_door (recipient_id)
        select provider_id from provider p where webhook_url is not null
            and not exists (select from webhook_door d where d.recipient_id = p.provider_id)
        on conflict do nothing
        """)

    /// Queues what became visible since. Positions become visible in their order, so nothing is passed over.
    static func queue(now: PostgresTimestamp, limit: Int) -> SQL {
        .named(
            "webhook.queue",
            """
            with due as (
                select w.recipient_id, d.position from webhook_door w
                    join provider p on p.provider_id = w.recipient_id and p.webhook_url is not null
                    cross join lateral (
                        select position from door_item i
                        where i.recipient_id = w.recipient_id and i.position > w.noticed
                        order by position limit \(limit)) d),
            added as (
                insert into webhook_delivery (position, recipient_id, queued_at)
                select position, recipient_id, \(now) from due on conflict do nothing)
            update webhook_door w set noticed = greatest(w.noticed, n.last)
            from (select recipient_id, max(position) as last from due group by 1) n
            where w.recipient_id = n.recipient_id
            """)
    }

    /// Recipients to whom something may be sent now.
    static func due(now: PostgresTimestamp, except busy: [String], limit: Int) -> SQL {
        .named(
            "webhook.due",
            """
            select w.recipient_id, p.webhook_url from webhook_door w
                join provider p on p.provider_id = w.recipient_id and p.webhook_url is not null
            where w.state = 'ACTIVE' and (w.next_attempt_at is null or w.next_attempt_at <= \(now))
                and (w.held_until is null or w.held_until < clock_timestamp())
                and not w.recipient_id = any(\(busy))
                and exists (select from webhook_delivery d
                    where d.recipient_id = w.recipient_id and d.state = 'WAITING')
                and exists (select from webhook_secret s
                    where s.recipient_id = w.recipient_id and s.revoked_at is null)
            order by w.next_attempt_at nulls first, w.recipient_id limit \(limit)
            """)
    }

    /// Takes or renews the right to send to a recipient, and the first of what waits for it.
    static func claim(_ recipient: String, holder: String, now: PostgresTimestamp) -> SQL {
        .named(
            "webhook.claim",
            """
            with door as (
                update webhook_door set holder = \(holder),
                    held_until = clock_timestamp() + make_interval(secs => \(CourierLimits.leaseSeconds))
                where recipient_id = \(recipient) and state = 'ACTIVE'
                    and (next_attempt_at is null or next_attempt_at <= \(now))
                    and (holder = \(holder) or held_until is null or held_until < clock_timestamp())
                returning recipient_id, failures)
            select d.position, d.queued_at, d.told, door.failures, m.headers, m.body,
                array(select s.secret from webhook_secret s
                    where s.recipient_id = door.recipient_id and s.revoked_at is null
                    order by s.created_at desc, s.secret_id limit \(CourierLimits.secretsMax))
            from door
                join lateral (
                    select * from webhook_delivery q
                    where q.recipient_id = door.recipient_id and q.state = 'WAITING' order by q.position limit 1
                ) d on true
                left join door_item i on i.position = d.position
                left join message m on m.seq = i.seq
            """)
    }

    static func release(_ recipient: String, holder: String) -> SQL {
        .named(
            "webhook.release",
            """
            update webhook_door set holder = null, held_until = null
            where recipient_id = \(recipient) and holder = \(holder)
            """)
    }

    /// Notes an attempt. A row that ended meanwhile (somebody else was quicker) stays as it ended.
    static func note(
        _ position: Int64, of recipient: String, state: String, outcome: String, counts: Bool, now: PostgresTimestamp
    ) -> SQL {
        .named(
            "webhook.note",
            """
            update webhook_delivery set state = \(state), last_outcome = \(outcome),
                attempts = attempts + case when \(counts) then 1 else 0 end,
                first_attempt_at = coalesce(first_attempt_at, case when \(counts) then \(now) end),
                ended_at = case when \(state) = 'WAITING' then null else \(now) end
            where position = \(position) and recipient_id = \(recipient) and state = 'WAITING'
            """)
    }

    static func noteSuccess(_ recipient: String, outcome: String, now: PostgresTimestamp) -> SQL {
        .named(
            "webhook.door.success",
            """
            update webhook_door set failures = 0, next_attempt_at = null, last_success_at = \(now),
                last_outcome = \(outcome)
            where recipient_id = \(recipient)
            """)
    }

    static func noteFailure(_ recipient: String, outcome: String, next: PostgresTimestamp) -> SQL {
        .named(
            "webhook.door.failure",
            """
            update webhook_door set failures = failures + 1, next_attempt_at = \(next), last_outcome = \(outcome)
            where recipient_id = \(recipient)
            """)
    }

    static func noteGone(_ recipient: String, now: PostgresTimestamp) -> SQL {
        .named(
            "webhook.door.gone",
            """
            update webhook_door set state = 'GONE', changed_at = \(now), failures = failures + 1,
                last_outcome = '410'
            where recipient_id = \(recipient) and state = 'ACTIVE'
            """)
    }

    /// What waits at a door that is gone, or that has no secret, beyond its time: it is not kept back silently.
    static func giveUp(now: PostgresTimestamp, before: PostgresTimestamp) -> SQL {
        .named(
            "webhook.giveUp",
            """
            update webhook_delivery d set state = 'DEAD', ended_at = \(now),
                last_outcome = case when w.state = 'GONE' then '410' else 'NO_SECRET' end
            from webhook_door w
            where w.recipient_id = d.recipient_id and d.state = 'WAITING' and d.queued_at < \(before)
                and (w.state = 'GONE' or (w.state = 'ACTIVE' and not exists (
                    select from webhook_secret s where s.recipient_id = w.recipient_id and s.revoked_at is null)))
            returning d.recipient_id, d.position
            """)
    }

    /// Depth and age of what waits; recipients are organisations.
    static let depths: SQL = .named(
        "webhook.depths",
        """
        select w.recipient_id, w.state, count(d.position), min(d.queued_at)
        from webhook_door w left join webhook_delivery d
            on d.recipient_id = w.recipient_id and d.state = 'WAITING'
        group by 1, 2 order by 1
        """)

    static let deadOpen: SQL = .named(
        "webhook.dead", "select count(*) from webhook_delivery where state = 'DEAD'")
}
