import EventContracts
import Foundation
import Gateway
import Postgres
import Synchronization

/// The clients of the bench: streams that stay, pollers that ask at a steady rate; each notes the ids it saw.
///
/// A request has an instant at which it is due, whatever became of the one before it: a poller that had to wait sends
/// what is due meanwhile at once, and how long a request took counts from then, so that a stall shows in all that it
/// delayed.
final class DoorReaders: Sendable {
    struct Figures {
        var requests = 0
        var failed = 0
        var delivered = 0
        var seconds = 0.0
        var median = 0.0
        var high = 0.0
    }

    /// One who must see everything of one recipient.
    private struct Reader {
        var recipient: String
        var seen: Set<String> = []
    }

    private struct State {
        var readers: [Reader] = []
        var figures = Figures()
        var milliseconds: [Double] = []
        var began = Date()
    }

    let recipients: Set<String>
    private let port: Int
    private let tokens: [(recipient: String, token: String)]
    private let streams: Int
    private let state = Mutex(State())
    private let isEnding = Atomic(false)

    /// A token for every few streams, recipients in turn.
    init(port: Int, connection: PostgresConnection, recipients: [String], streams: Int) throws {
        guard !recipients.isEmpty else { throw CommandFailure(.internalError, "no recipient covers the pilot areas") }
        self.port = port
        self.streams = streams
        let count = (streams + GatewayLimits.streamsPerToken - 1) / GatewayLimits.streamsPerToken
        tokens = try (0..<max(count, 4)).map { number in
            let recipient = recipients[number % recipients.count]
            return (recipient, try TokenStore.create(.recipient(recipient), lifetime: nil, on: connection).token)
        }
        self.recipients = Set(tokens.map(\.recipient))
    }

    func start(pollers: Int, perSecond: Int) {
        for number in 0..<streams {
            let (recipient, token) = tokens[number / GatewayLimits.streamsPerToken]
            let index = add(recipient)
            begin { self.follow(index, token) }
        }
        let began = Date()
        state.withLock { $0.began = began }
        for number in 0..<pollers {
            let own = tokens.enumerated().filter { $0.offset % pollers == number % tokens.count }.map(\.element)
            let asked = own.isEmpty ? [tokens[number % tokens.count]] : own
            let readers = asked.map { (index: add($0.recipient), token: $0.token) }
            let first = began.addingTimeInterval(Double(number) / Double(perSecond))
            begin { self.poll(readers, from: first, every: Double(pollers) / Double(perSecond)) }
        }
    }

    func stop() {
        isEnding.store(true, ordering: .relaxed)
        state.withLock { $0.figures.seconds = Date().timeIntervalSince($0.began) }
    }

    /// Versions that some reader of their recipient has not seen.
    func missing(of expected: [String: Set<String>]) -> Int {
        state.withLock { state in
            state.readers.reduce(0) { $0 + (expected[$1.recipient] ?? []).subtracting($1.seen).count }
        }
    }

    func toSee(_ expected: [String: Set<String>]) -> Int {
        state.withLock { state in state.readers.reduce(0) { $0 + (expected[$1.recipient]?.count ?? 0) } }
    }

    var figures: Figures {
        state.withLock { state in
            var figures = state.figures
            let sorted = state.milliseconds.sorted()
            figures.median = sorted.percentile(50)
            figures.high = sorted.percentile(99)
            return figures
        }
    }

    private func add(_ recipient: String) -> Int {
        state.withLock { state in
            state.readers.append(Reader(recipient: recipient))
            return state.readers.count - 1
        }
    }

    private func begin(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.stackSize = 512 << 10
        thread.start()
    }

    private func follow(_ index: Int, _ token: String) {
        var last = ""
        while !isEnding.load(ordering: .relaxed) {
            let header = last.isEmpty ? "" : "Last-Event-ID: \(last)\r\n"
            guard let connection = DoorConnection(port: port),
                connection.write(
                    DoorRequest("GET", "/v1/handovers/stream", port: port, token: token, headers: header))
            else { continue }
            var bytes: [UInt8] = []
            while !isEnding.load(ordering: .relaxed), let part = connection.more() {
                bytes += part
                // Whole events only; the last one may be cut by the connection's buffers.
                guard let end = bytes.indices.dropFirst().last(where: { bytes[$0] == 10 && bytes[$0 - 1] == 10 })
                else { continue }
                let whole = bytes[...end]
                let ids = DoorReaders.ids(whole)
                if let cursor = DoorReaders.lastCursor(whole) { last = cursor }
                bytes.removeSubrange(...end)
                state.withLock { state in
                    state.readers[index].seen.formUnion(ids)
                    state.figures.delivered += ids.count
                }
            }
        }
    }

    private func poll(_ readers: [(index: Int, token: String)], from first: Date, every interval: Double) {
        var cursors = [String](repeating: "", count: readers.count)
        var connection: DoorConnection?
        var turn = 0
        while !isEnding.load(ordering: .relaxed) {
            let due = first.addingTimeInterval(Double(turn) * interval)
            Thread.sleep(forTimeInterval: max(0, due.timeIntervalSinceNow))
            let place = turn % readers.count
            turn += 1
            connection = connection ?? DoorConnection(port: port)
            let answer = connection?.ask(
                DoorRequest(
                    "GET", "/v1/handovers?limit=100&after=\(cursors[place])", port: port, token: readers[place].token))
            let milliseconds = -due.timeIntervalSinceNow * 1_000
            guard let answer, answer.status == 200 else {
                connection = nil
                state.withLock { $0.figures.failed += 1 }
                continue
            }
            let tail = String(decoding: answer.body.suffix(200), as: UTF8.self)
            if let next = tail.firstMatch(of: #/"next":"([^"]*)"/#) { cursors[place] = String(next.1) }
            let ids = DoorReaders.ids(answer.body[...])
            state.withLock { state in
                state.figures.requests += 1
                state.milliseconds.append(milliseconds)
                state.readers[readers[place].index].seen.formUnion(ids)
            }
        }
    }

    /// The ids of CloudEvents: `"id":"HANDOVERID/VERSION"`. By bytes, so that the clients are not what is measured.
    private static func ids(_ bytes: ArraySlice<UInt8>) -> [String] {
        places(of: #""id":""#, in: bytes).compactMap { start in
            let id = bytes[start...].prefix(64).prefix { $0 != UInt8(ascii: "\"") }
            return id.count > 37 && id[id.startIndex + 36] == UInt8(ascii: "/")
                ? String(decoding: id, as: UTF8.self) : nil
        }
    }

    /// Of the last event in a stretch of a stream.
    private static func lastCursor(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let event = places(of: "\nevent: handover", in: bytes).last else { return nil }
        let line = bytes[..<(event - "\nevent: handover".utf8.count)].reversed().prefix { $0 != 10 }.reversed()
        let text = String(decoding: line, as: UTF8.self)
        return text.hasPrefix("id: ") ? String(text.dropFirst(4)) : nil
    }

    /// Where what follows these words begins.
    private static func places(of words: String, in bytes: ArraySlice<UInt8>) -> [Int] {
        let words = Array(words.utf8)
        var found: [Int] = []
        bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress, let first = words.first else { return }
            var from = 0
            while from < all.count, let hit = memchr(base + from, Int32(first), all.count - from) {
                let place = UnsafeRawPointer(hit) - base
                guard place + words.count <= all.count else { return }
                from = place + 1
                guard memcmp(hit, words, words.count) == 0 else { continue }
                from = place + words.count
                found.append(bytes.startIndex + from)
            }
        }
        return found
    }
}
