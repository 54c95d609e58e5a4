/// Migration 9: the pages. Sources: page_session, answer_sent.
enum PageMigration {
    static let sql = """
        create table page_session (
            hash bytea primary key check (octet_length(hash) = 32),
            token_id text not null references token on delete cascade,
            begun_at timestamptz not null default now(), seen_at timestamptz not null default now());
        create index page_session_token on page_session (token_id, begun_at);
        comment on table page_session is 'Who is signed in to the pages. Only a hash of the cookie''s secret is kept.';

        create table answer_sent (
            event_id uuid primary key, about uuid, action text not null, at timestamptz not null default now());
        create index answer_sent_about on answer_sent (about) where about is not null;
        create index answer_sent_age on answer_sent (at);
        comment on table answer_sent is
            'When an answer was first given: given again under the same key it is the same event at the same time.';

        """
}
