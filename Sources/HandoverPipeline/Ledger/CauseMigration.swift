/// Messages no longer ask PostgreSQL for their cause's existence, row by row.
///
/// The recorder writes an event and the messages that it causes in one transaction, from the same value; the check read
/// and locked the event's row again for each of its messages, a third of what inserting them cost. What it guarded
/// against beside that, an event deleted before its messages, retention keeps by the order of its own statements.
enum CauseMigration {
    static let sql = """
        alter table message drop constraint message_caused_by_fkey;
        comment on column message.caused_by is 'The event it was decided for; written by the same transaction.';
        """
}
