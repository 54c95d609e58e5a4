/// Migration 14: what operators watch. Neither table holds a person, and losing both loses no handover.
enum LagMigration {
    static let sql = """
        create table lag_history (
            slot smallint not null check (slot between 0 and 1439), topic text not null, at timestamptz not null,
            total bigint, worst_seconds double precision,
            partitions int[] not null, committed bigint[] not null, last_stable bigint[] not null,
            high bigint[] not null, lags bigint[] not null, states text[] not null,
            primary key (slot, topic)) with (fillfactor = 70);
        comment on table lag_history is 'Lag by topic and minute, a day long: each minute of the day has one slot.';

        create table rebalance_history (
            instance text not null, at timestamptz not null, is_assignment boolean not null,
            partitions int not null, generation int, primary key (instance, at, is_assignment));
        comment on table rebalance_history is 'When partitions came to and went from an instance, a day long.';

        create table door_cursor (
            recipient_id text primary key, fetched_through bigint not null,
            fetched_at timestamptz not null default now()) with (fillfactor = 70);
        comment on table door_cursor is 'How far each recipient has fetched its feed, over whichever token.';
        """
}
