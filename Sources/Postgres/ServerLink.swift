import CLibpq

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The owner of one libpq connection: non-blocking, with a bound on every wait. Its deinit closes the socket.
///
/// It writes and reads in the same wait, so a batch of any size cannot end in both sides waiting for the other to
/// read first.
final class ServerLink {
    let conn: OpaquePointer

    /// Takes over a connected handle.
    init(owning conn: OpaquePointer) { self.conn = conn }

    deinit { PQfinish(conn) }

    /// What the server last said about the session's transaction.
    var transaction: TransactionState {
        switch PQtransactionStatus(conn) {
        case PQTRANS_IDLE: .none
        case PQTRANS_INTRANS: .open
        case PQTRANS_INERROR: .failed
        default: .unknown
        }
    }

    enum TransactionState { case none, open, failed, unknown }

    var isLost: Bool { PQstatus(conn) == CONNECTION_BAD }

    /// Statements are queued and answered together.
    func enterPipeline() throws(PostgresError) {
        guard PQpipelineStatus(conn) == PQ_PIPELINE_OFF else { return }
        guard PQenterPipelineMode(conn) == 1 else { throw .connectionLost("the connection is not idle") }
    }

    /// One statement at a time, as COPY and scripts need it.
    func leavePipeline() throws(PostgresError) {
        guard PQpipelineStatus(conn) != PQ_PIPELINE_OFF else { return }
        guard PQexitPipelineMode(conn) == 1 else { throw .connectionLost("the pipeline is not idle") }
    }

    /// The next result, or `nil` where libpq separates the results of two statements. The caller owns the result.
    ///
    /// - Parameter silence: longest time without a byte in either direction.
    func nextResult(silence: Duration?) throws(PostgresError) -> OpaquePointer? {
        while PQisBusy(conn) == 1 {
            let unsent = PQflush(conn)
            guard unsent >= 0 else { throw .connectionLost("sending failed") }
            let ready = try wait(writing: unsent == 1, silence: silence)
            // Reading nothing although the socket said so means that the other side closed it; what it said before
            // is still in the buffer, and libpq turns the rest into an error result.
            if ready.reading, PQconsumeInput(conn) == 0 { break }
        }
        return PQgetResult(conn)
    }

    /// Sends everything that is buffered, reading meanwhile what the server says.
    func flush(silence: Duration?) throws(PostgresError) {
        while true {
            let unsent = PQflush(conn)
            guard unsent >= 0 else { throw .connectionLost("sending failed") }
            guard unsent == 1 else { return }
            let ready = try wait(writing: true, silence: silence)
            if ready.reading, PQconsumeInput(conn) == 0 { throw .connectionLost("the server closed the connection") }
        }
    }

    private func wait(writing: Bool, silence: Duration?) throws(PostgresError) -> (reading: Bool, writing: Bool) {
        let events = Int16(POLLIN) | (writing ? Int16(POLLOUT) : 0)
        guard let ready = Socket.wait(PQsocket(conn), events: events, atMost: silence) else {
            throw .connectionLost("the server did not answer within \(silence ?? .zero); the connection was given up")
        }
        return (ready & ~Int16(POLLOUT) != 0, ready & Int16(POLLOUT) != 0)
    }
}

/// Waiting for a file descriptor.
enum Socket {
    /// The events that are ready, or `nil` when time is up. A closed descriptor is ready (to be read in vain).
    static func wait(_ descriptor: Int32, events: Int16, atMost limit: Duration?) -> Int16? {
        let deadline = limit.map { ContinuousClock.now + $0 }
        while true {
            var request = pollfd(fd: descriptor, events: events, revents: 0)
            var milliseconds: Int32 = -1
            if let deadline {
                let left = max(.zero, ContinuousClock.now.duration(to: deadline))
                milliseconds = Int32(clamping: left.wholeMilliseconds + 1)
            }
            let count = poll(&request, 1, milliseconds)
            if count > 0 { return request.revents }
            if count == 0 { return nil }
            guard errno == EINTR || errno == EAGAIN else { return Int16(POLLERR) }
        }
    }
}
