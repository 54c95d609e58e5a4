extension PostgresConnection {
    /// Takes the session's advisory lock with this key if nobody else holds it. It is held until
    /// ``releaseAdvisoryLock(_:)`` or the end of the session, so it does not survive a lost connection: whoever relies
    /// on it must notice `connectionLost`. Taking it twice needs releasing it twice.
    public func tryAdvisoryLock(_ key: Int64) throws(PostgresError) -> Bool {
        try query(.named("lock.try", "select pg_try_advisory_lock(\(key))")).only()[0]
    }

    /// Gives the lock back; `false` if this session did not hold it.
    @discardableResult
    public func releaseAdvisoryLock(_ key: Int64) throws(PostgresError) -> Bool {
        try query(.named("lock.release", "select pg_advisory_unlock(\(key))")).only()[0]
    }
}
