/// Which alerts are open, and whom they are to be told. None of it holds a person; losing it loses no handover.
enum AlertMigration {
    static let sql = """
        create index rejected_seen on rejected (first_seen);

        create table alert_watch (
            only_row boolean primary key default true check (only_row),
            holder text not null, held_until timestamptz not null, looked_at timestamptz);
        comment on table alert_watch is 'Which hub judges and delivers alerts, and when it last looked.';

        create table alert_state (
            rule text not null, cause text not null, is_open boolean not null, since timestamptz,
            opened_at timestamptz, cleared_at timestamptz, figure double precision not null,
            primary key (rule, cause)) with (fillfactor = 70);
        comment on table alert_state is 'Where each cause of each alert stands, so that a restart opens none anew.';

        create table alert_notice (
            id text not null, door text not null check (door in ('webhook', 'email')),
            rule text not null, cause text not null, is_open boolean not null,
            at timestamptz not null, opened_at timestamptz not null, figure double precision not null,
            state text not null check (state in ('WAITING', 'DELIVERED', 'DEAD')),
            attempts int not null, next_attempt_at timestamptz not null, last_outcome text, ended_at timestamptz,
            primary key (id, door));
        create index alert_notice_waiting on alert_notice (at) where state = 'WAITING';
        create index alert_notice_ended on alert_notice (ended_at) where state <> 'WAITING';
        comment on table alert_notice is 'Openings and clearings, by the door over which they are to be told.';
        """
}
