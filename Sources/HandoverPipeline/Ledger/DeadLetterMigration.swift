/// What is open is found by its key, so that it is redriven in the order of the key. (By a hash: a key may
/// be longer than an index takes.)
enum DeadLetterMigration {
    static let sql = """
        create index rejected_key on rejected (topic, partition, md5(key), "offset") where state = 'OPEN';
        create index rejected_reason on rejected (reason, first_seen) where state = 'OPEN';
        """
}
