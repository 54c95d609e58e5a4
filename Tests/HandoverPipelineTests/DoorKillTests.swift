import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Synchronization
import SyntheticEstate
import Testing

/// Over HTTP as over Kafka: real processes, killed while prisons publish and recipients read.
@Suite("local broker: the doors of a hub killed at any moment", .serialized)
struct DoorKillTests {
    @Test func whatIsAcceptedIsNeverLostAndEveryVersionIsSeenInOrderByEveryClient() throws {
        let seed = ProcessInfo.processInfo.environment["THROUGHGATE_SEED"].flatMap { UInt64($0) } ?? 41
        print("door kill test: seed \(seed)")
        var random = SplitMix64(seed: seed)
        let test = try TestHub()
        let crowd = Crowd(48, seed: seed)
        try test.register(crowd)
        let hub = try HubProcess(test)
        let prison = try test.token("PRISON", "MDI", number: 1)
        let drug = try test.token("RECIPIENT", "prov-leeds", number: 2)
        let probation = try test.token("RECIPIENT", "ps-yh", number: 3)
        try hub.start()
        defer { hub.kill() }

        let port = hub.httpPort
        let readers: [(recipient: String, diary: DoorDiary, run: @Sendable (DoorDiary) -> Void)] = [
            ("prov-leeds", DoorDiary(), { pollFeed(port, drug, into: $0) }),
            ("prov-leeds", DoorDiary(), { followStream(port, drug, into: $0) }),
            ("ps-yh", DoorDiary(), { followStream(port, probation, into: $0) }),
        ]
        for reader in readers { Thread.detachNewThread { reader.run(reader.diary) } }
        defer { for reader in readers { reader.diary.end() } }
        let publishers = try Publishers(test, crowd, seed: seed, port: port, token: prison, count: 2)
        var kills = 0
        while !publishers.areDone || kills < 3 {
            Thread.sleep(forTimeInterval: 1.2 + Double(random.next() % 1_500) / 1000)
            hub.kill()
            kills += 1
            try hub.start()
            try #require(kills < 12, "seed \(seed): publishing does not end")
        }
        print("door kill test: \(kills) kills, \(publishers.repeated) events sent more than once")
        #expect(publishers.accepted.count == crowd.eventCount)
        #expect(try hub.wait(40) { try test.isDone(crowd.eventCount) }, "seed \(seed): \(hub.output.suffix(2_000))")

        // Nothing that was answered 202 is lost.
        let kept: Int64 = try test.query(
            "select count(*) from event where event_id = any(\(publishers.accepted))"
        ).only()[0]
        #expect(kept == Int64(crowd.eventCount), "seed \(seed)")
        for (number, reader) in readers.enumerated() {
            let decided = try Set(
                test.query(
                    "select stream_id, version from message where recipient_id = \(reader.recipient) and not held"
                ).map { "\(try ($0[0] as UUID).uuidString.lowercased())/\(try $0[1] as Int32)" })
            #expect(!decided.isEmpty)
            let isWhole = hub.wait(15) { reader.diary.ids == decided }
            let missing = decided.subtracting(reader.diary.ids).count
            #expect(isWhole, "seed \(seed), client \(number): \(missing) of \(decided.count) never came")
            #expect(reader.diary.faults == [], "seed \(seed), client \(number)")
        }
        #expect(try test.deliveryFaults() == [], "seed \(seed)")
        try crowd.check(test)
    }
}

/// Prisons that send each event again, with the same id, until it is accepted. Each person's events go in order.
private final class Publishers: @unchecked Sendable {
    private struct State {
        var accepted: [UUID] = []
        var repeated = 0
        var running: Int
    }

    private let state: Mutex<State>

    init(_ test: TestHub, _ crowd: Crowd, seed: UInt64, port: Int, token: String, count: Int) throws {
        state = Mutex(State(running: count))
        let encoder = EventEncoder(topics: test.topics)
        let events = crowd.interleaved(seed: seed)
        for number in 0..<count {
            // A person's events have one publisher.
            let own = try events.filter { Int($0.subject.text.utf8.reduce(0) { $0 &+ Int($1) }) % count == number }
                .map { ($0.id, try encoder.record(of: $0)) }
            Thread.detachNewThread { [self] in
                for (id, record) in own { send(id, record, port, token) }
                state.withLock { $0.running -= 1 }
            }
        }
    }

    var areDone: Bool { state.withLock { $0.running == 0 } }
    var accepted: [UUID] { state.withLock { $0.accepted } }
    var repeated: Int { state.withLock { $0.repeated } }

    private func send(_ id: UUID, _ record: OutboundRecord, _ port: Int, _ token: String) {
        let headers = record.headers.map { header in
            (header.name.replacing("ce_", with: "ce-"), String(decoding: header.value ?? [], as: UTF8.self))
        }
        let deadline = Date(timeIntervalSinceNow: 60)
        var attempts = 0
        while Date() < deadline {
            attempts += 1
            let answer = DoorSocket.ask(
                port, "POST", "/v1/events", token: token, headers: headers, body: record.value ?? [])
            if answer?.status == 202 {
                return state.withLock { state in
                    state.accepted.append(id)
                    if attempts > 1 { state.repeated += 1 }
                }
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }
}

extension TestHub {
    /// A token that is good, as the ledger keeps it: only the hash of its text.
    func token(_ kind: String, _ name: String, number: Int) throws -> String {
        let id = String(repeating: String(number), count: 12)
        let text = "tg_\(id)_" + String(repeating: "A", count: 43)
        try change(
            """
            insert into token (id, hash, kind, names)
            values (\(id), sha256(convert_to(\(text), 'UTF8')), \(kind), \([name]))
            """)
        return text
    }
}
