/// Migration 21: the canaries of the last day, and which hub sends them. Nothing of them is about anybody, and nothing
/// else in the ledger knows of them; losing both tables loses no handover.
enum CanaryMigration {
    static let sql = """
        create table canary_watch (
            only_row boolean primary key default true check (only_row),
            holder text not null, held_until timestamptz not null, every_seconds double precision not null,
            since timestamptz not null default now());
        comment on table canary_watch is 'Which hub sends canaries, how often, and since when there are any.';

        create table canary (
            seq bigint generated always as identity primary key, event_id uuid not null unique,
            sent_at timestamptz not null, sent_by text not null,
            topic text, partition int, "offset" bigint, recorded_at timestamptz,
            seen_at timestamptz, seconds double precision check (seconds >= 0));
        create index canary_sent on canary (sent_at);
        comment on table canary is
            'Synthetic releases sent through the pipeline: when sent, recorded, and seen on hub.canary. A day long.';
        """
}
