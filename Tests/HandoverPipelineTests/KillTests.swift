import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import SyntheticEstate
import Testing

@Suite("local broker: a hub killed at any moment", .serialized)
struct KillTests {
    @Test func thirtyKillsLoseNothingAndRepeatNothing() throws {
        let seed = ProcessInfo.processInfo.environment["THROUGHGATE_SEED"].flatMap { UInt64($0) } ?? 30
        print("kill test: seed \(seed)")
        var random = SplitMix64(seed: seed)
        let test = try TestHub()
        let crowd = Crowd(400, seed: seed)
        try test.register(crowd)
        let events = crowd.interleaved(seed: seed)
        let hub = try HubProcess(test)
        let kills = 30
        let share = (events.count + kills - 1) / kills
        for round in 0..<kills {
            let slice = events.dropFirst(round * share).prefix(share)
            try hub.start()
            try test.publish(Array(slice.prefix(share / 2)))
            Thread.sleep(forTimeInterval: Double(random.next() % 900) / 1000)
            try test.publish(Array(slice.dropFirst(share / 2)))
            Thread.sleep(forTimeInterval: Double(random.next() % 500) / 1000)
            #expect(hub.isRunning, "seed \(seed), round \(round): \(hub.output.suffix(2_000))")
            hub.kill()
        }
        try hub.start()
        // Ready first: before its handler is in place a SIGTERM ends the process like any other.
        let ready = hub.wait(15) { hub.get("/readyz")?.status == 200 }
        #expect(ready)
        let done = try hub.wait(60) { try test.isDone(events.count) }
        #expect(done, "seed \(seed): \(hub.output.suffix(2_000))")
        let pages = ["/metrics", "/readyz", "/healthz"].compactMap { hub.get($0)?.body }
        #expect(pages.count == 3 && pages[0].contains("# TYPE"))
        let (code, seconds) = hub.stop()
        #expect(code == 0)
        #expect(seconds < 10)
        #expect(try test.deliveryFaults() == [], "seed \(seed)")
        try crowd.check(test)
        try noPersonIn(pages + [hub.output], crowd, test)
    }

    /// Nothing that the hub says or puts into headers and keys of handovers may speak of a person.
    private func noPersonIn(_ said: [String], _ crowd: Crowd, _ test: TestHub) throws {
        var texts = said
        for (_, record) in try test.seen() {
            texts.append(String(decoding: record.key ?? [], as: UTF8.self))
            texts += record.headers.map { "\($0.name)=\(String(decoding: $0.value ?? [], as: UTF8.self))" }
        }
        let all = texts.joined(separator: "\n")
        for canary in ["Canary", "LS9", "7QZ", "7FL", "1989-02-11"] { #expect(!all.contains(canary)) }
        for person in crowd.people { #expect(!all.contains(person.noms.text)) }
    }
}
