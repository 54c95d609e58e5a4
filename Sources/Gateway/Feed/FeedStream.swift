import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization

/// GET /v1/handovers/stream: the same feed as server-sent events. Each event's id is the cursor after it, so that
/// Last-Event-ID goes on where a client was. Holds one small page at a time, whatever its client does.
struct FeedStream: Sendable {
    let doors: Doors

    func get(_ request: Request) async throws -> Response {
        let (bearer, recipient) = try await doors.admitRecipient(request)
        let cursor = try FeedDoor.cursor(request, of: recipient, orLastEvent: true)
        guard let token = BearerToken.text(of: request) else { throw Problem.token }
        try await doors.work.run { try cursor.check(of: recipient, on: $0) }
        let place = try StreamPlace(doors.limiter, bearer.tokenID)
        let run = StreamRun(doors: doors, bearer: bearer, token: token, recipient: recipient, start: cursor)
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                defer { withExtendedLifetime(place) {} }
                let watch = StallWatch(after: doors.limits.stalledAfter)
                // A client that hangs up is noticed at once, not by the next write.
                try await request.body.consumeWithInboundCloseHandler { _ in
                    try await run.write(to: &writer, watch)
                    try await writer.finish(nil)
                } onInboundClosed: {
                    watch.hangUp()
                }
            })
    }
}

extension HTTPField.Name {
    static let lastEventID = HTTPField.Name("Last-Event-ID")!  // The text is a header name.
}

/// A stream counted among those of its token, as long as this lives.
private final class StreamPlace: Sendable {
    private let limiter: RateLimiter
    private let token: String

    init(_ limiter: RateLimiter, _ token: String) throws {
        try limiter.beginStream(token)
        self.limiter = limiter
        self.token = token
    }

    deinit { limiter.endStream(token) }
}

/// One stream from its first byte to its last.
private struct StreamRun: Sendable {
    let doors: Doors
    let bearer: Bearer
    let token: String
    let recipient: String
    let start: FeedCursor

    /// Ends on its own time, when the hub ends, when the token does, or when the client takes nothing any more.
    func write(to writer: inout any ResponseBodyWriter, _ watch: StallWatch) async throws {
        // The client's silence holds this task inside a write: another one looks at the time and cancels it.
        let writing = withUnsafeCurrentTask { task in task.map(WritingTask.init) }
        let watcher = Task {
            while !watch.isOver {
                try await Task.sleep(for: .milliseconds(GatewayLimits.feedTickMilliseconds))
            }
            writing?.cancel()
        }
        defer { watcher.cancel() }
        try await follow(&writer, watch)
    }

    private func follow(_ writer: inout any ResponseBodyWriter, _ watch: StallWatch) async throws {
        let end = ContinuousClock.now + .seconds(GatewayLimits.streamSeconds)
        var cursor = start
        try await send(": throughgate\nretry: 2000\n\n", &writer, watch)
        var glance = ContinuousClock.now
        while ContinuousClock.now < end, !Task.isCancelled, !Task.isShuttingDownGracefully {
            let now = ContinuousClock.now
            if doors.keeper.head(of: recipient) > cursor.position || now >= glance {
                glance = now + .seconds(GatewayLimits.feedGlanceSeconds)
                guard let page = try await read(after: cursor) else { return }
                if !page.items.isEmpty { try await send(text(page), &writer, watch) }
                cursor = page.next
                if page.isFull { continue }
            }
            if watch.quietSeconds >= GatewayLimits.keepAliveSeconds {
                try await send(": still here\n\n", &writer, watch)
            }
            try await Task.sleep(for: .milliseconds(GatewayLimits.feedTickMilliseconds))
        }
    }

    /// nil when the token has ended.
    private func read(after cursor: FeedCursor) async throws -> FeedPage? {
        let page = try await doors.work.run { connection -> FeedPage? in
            guard try TokenStore.bearer(token, on: connection) == bearer else { return nil }
            return try FeedPage.read(
                of: recipient, after: cursor, limit: GatewayLimits.streamPageMax, doors.sealer, on: connection)
        }
        if let page { try await doors.reads.note(page, of: recipient, by: bearer, action: "STREAM") }
        return page
    }

    private func text(_ page: FeedPage) -> String {
        page.items.reduce(into: "") { text, item in
            let id = FeedCursor(position: item.position).text(of: recipient)
            text += "id: \(id)\nevent: handover\ndata: \(String(decoding: item.event, as: UTF8.self))\n\n"
        }
    }

    private func send(_ text: String, _ writer: inout any ResponseBodyWriter, _ watch: StallWatch) async throws {
        watch.begin()
        try await writer.write(ByteBuffer(string: text))
        watch.end()
    }
}

/// Since when a write has been under way, how long nothing was written, and whether the client is there.
private final class StallWatch: Sendable {
    private struct State {
        var began: ContinuousClock.Instant?
        var last = ContinuousClock.now
        var isGone = false
    }

    private let state = Mutex(State())
    private let stalledAfter: Duration

    init(after stalledAfter: Duration) { self.stalledAfter = stalledAfter }

    func begin() { state.withLock { $0.began = .now } }

    func end() {
        state.withLock { state in
            state.began = nil
            state.last = .now
        }
    }

    func hangUp() { state.withLock { $0.isGone = true } }

    /// The client has gone, or takes nothing.
    var isOver: Bool {
        state.withLock { state in
            state.isGone || state.began.map { .now - $0 > stalledAfter } ?? false
        }
    }

    var quietSeconds: Int { state.withLock { Int((ContinuousClock.now - $0.last).components.seconds) } }
}

/// The task of a response. Used only while that task is inside ``StreamRun/write(to:)``, which ends the user first;
/// cancelling is safe from any thread.
private struct WritingTask: @unchecked Sendable {
    private let task: UnsafeCurrentTask

    init(_ task: UnsafeCurrentTask) { self.task = task }

    func cancel() { task.cancel() }
}
