/// Migration 6: constants and words that a deployment sets by data.
enum RuleMigration {
    static let sql = """
        create table rule_value (name text primary key, value text not null, unit text, source text);
        comment on table rule_value is 'Constants of the rules that are not the built-in ones.';

        create table key_message (
            id text not null, language text not null default 'en' check (language in ('en', 'cy')),
            product text not null default '', rank int, audience text not null, triggers text not null,
            wording text not null, version int not null, status text not null default 'draft',
            primary key (id, language, product));
        comment on table key_message is 'Key messages that take the place of the built-in ones of the same id.';

        create table action_wording (
            code text not null, language text not null default 'en' check (language in ('en', 'cy')),
            wording text not null, version int not null, status text not null default 'draft',
            primary key (code, language));
        comment on table action_wording is 'Words of actions that take the place of the built-in ones.';
        """
}
