import EventContracts
import ExactlyOnceKafka
import Foundation
import Gateway
import HandoverRules
import Testing

/// Clients that know nothing of this program, beside the whole hub; and the documentation's programs, as they stand.
@Suite(
    "Python: independent clients of the whole hub", .serialized,
    .enabled(if: Python.path != nil, "no Python with scripts/requirements-clients.txt"))
struct IndependentClientTests {
    private static let document = Python.root.appending(
        path: "Sources/throughgate/Throughgate.docc/Subscribing.md"
    ).path

    private func example(
        _ name: String, lines: Int, _ environment: [String: String], _ arguments: [String] = []
    ) async throws -> [String] {
        let (status, text) = try await Python.run(
            "example.py", [Self.document, name, "\(lines)"] + arguments, environment: environment)
        #expect(status == 0, "\(name): \(text)")
        return text.split(separator: "\n").map(String.init)
    }

    /// Publishes a release over HTTP for each number, and waits for its handover to Leeds.
    private func release(_ people: [String], _ bed: DoorBed) async throws -> [String] {
        let prison = try bed.token(.prisons(["MDI"]))
        let recipient = try bed.token(.recipient("prov-leeds"))
        let events = people.flatMap { Sample.release($0) }
        let sent = try await bed.ask(
            "POST", "/v1/events", token: prison, type: "application/cloudevents-batch+json",
            body: "[" + events.joined(separator: ",") + "]")
        #expect(sent.status == 202, "\(sent.text)")
        let page = try await bed.await("/v1/handovers?limit=100", token: recipient) {
            $0.handovers.count >= people.count
        }
        return page.handovers.compactMap { $0["id"] as? String }
    }

    @Test func handoversAreReadByKafkaStreamAndFeedAndEachIsThereOnce() async throws {
        try await DoorBed.open(hub: true) { bed in
            let ids = try await release(["Z1111AA", "Z2222BB", "Z3333CC"], bed)
            #expect(Set(ids).count == 3)
            let topic = bed.topics.prefix + "handover.drug-service.prov-leeds"
            let servers = try Servers.shared.get().bootstrapServers
            let (status, text) = try await Python.run("kafka_read.py", [servers, topic])
            #expect(status == 0 && Set(text.split(separator: "\n").map(String.init)) == Set(ids), "\(text)")
            let token = try bed.token(.recipient("prov-leeds"))
            let (ended, streamed) = try await Python.run("sse.py", [bed.base, token, "3"])
            #expect(ended == 0 && streamed.split(separator: "\n").map(String.init) == ids, "\(streamed)")
            try await subscriber(bed, servers, topic, ids)
            try await feed(bed, token, ids)
        }
    }

    private func subscriber(_ bed: DoorBed, _ servers: String, _ topic: String, _ ids: [String]) async throws {
        let lines = try await example(
            "subscriber.py", lines: 3,
            [
                "SERVERS": servers, "RECIPIENT": "prov-leeds", "TOPIC": topic, "ANSWERS": bed.topics.communityResponses,
            ])
        #expect(Set(lines) == Set(ids.map { $0 + " RELEASED" }), "\(lines)")
        // The last one may end before its answer is sent; the other two are answered, and the hub takes the answers.
        let answered = try bed.records(on: bed.topics.communityResponses)
        #expect(answered.count >= 2)
        for record in answered {
            let outcome = EventDecoder(topics: bed.topics).decode(
                InboundRecord(
                    topic: record.topic, partition: record.partition, offset: record.offset, timestampMilliseconds: 0,
                    key: record.key, value: record.value,
                    headers: record.headers.map { RecordHeader($0.name, $0.value) }), clock: .events)
            guard case .event = outcome else {
                Issue.record("\(outcome)")
                continue
            }
        }
    }

    private func feed(_ bed: DoorBed, _ token: String, _ ids: [String]) async throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "cursor-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: place) }
        let lines = try await example(
            "feed.py", lines: 3, ["BASE": bed.base, "TOKEN": token, "CURSOR_FILE": place])
        #expect(lines.map { $0.split(separator: " ").first.map(String.init) } == ids.map { $0 })
        let answer = try await example("acknowledge.py", lines: 1, ["BASE": bed.base, "TOKEN": token], [ids[0]])
        #expect(answer.first?.hasPrefix("202 ") == true)
        let again = try await example("acknowledge.py", lines: 1, ["BASE": bed.base, "TOKEN": token], [ids[0]])
        #expect(again == answer)
    }

    /// Another seed by THROUGHGATE_TEST_SEED; what is found is printed with it.
    private static let seed = ProcessInfo.processInfo.environment["THROUGHGATE_TEST_SEED"] ?? "20261122"

    @Test func schemathesisFindsNoServerErrorAndNoAnswerThatIsNotDescribed() async throws {
        try await DoorBed.open(hub: true) { bed in
            let ids = try await release(["Z4444DD"], bed)
            let handover = String(try #require(ids.first).prefix { $0 != "/" })
            let task = try bed.seedTask(
                topic: bed.topics.tasks(of: PrisonID("MDI")!),
                body: { #"{"taskId":"\#($0.uuidString.lowercased())","code":"KIT_DISPUTED","prisonId":"MDI"}"# },
                offset: 90_000)
            let tokens = [
                "none=", "prison=" + (try bed.token(.prisons(["MDI"]))),
                "recipient=" + (try bed.token(.recipient("prov-leeds"))),
                "commissioner=" + (try bed.token(.commissioner("com-leeds"))),
                "viewer=" + (try bed.token(.ops(.viewer))), "operator=" + (try bed.token(.ops(.operator))),
            ]
            let known = #"{"handover":"\#(handover)","task":"\#(task.uuidString.lowercased())"}"#
            let (status, text) = try await Python.run(
                "fuzz.py",
                [Python.root.appending(path: "Schemas/openapi.yaml").path, bed.base, Self.seed, "12", known] + tokens)
            #expect(status == 0, "\(text)")
            #expect(try await bed.ask("GET", "/healthz", token: nil).status == 200)
            // Whatever was asked, the hub goes on: another release becomes a handover.
            #expect(try await release(["Z5555EE"], bed).contains { !ids.contains($0) })
        }
    }

    @Test func theProgramsThatPublishAreTaken() async throws {
        try await DoorBed.open { bed in
            let token = try bed.token(.prisons(["MDI"]))
            let sent = try await example(
                "publish_http.py", lines: 0, ["BASE": bed.base, "TOKEN": token, "PRISON": "MDI"])
            #expect(sent.count == 1 && sent.allSatisfy { UUID(uuidString: $0) != nil })
            #expect(try bed.records(on: bed.topics.custodyMovements).count == 1)
            let kept = try await example(
                "publish_kafka.py", lines: 0,
                ["SERVERS": try Servers.shared.get().bootstrapServers, "TOPIC": bed.topics.kitEvents])
            #expect(kept.count == 1)
            #expect(try bed.records(on: bed.topics.kitEvents).count == 1)
        }
    }

    @Test func theReceiverOfWebhooksKeepsWhatIsSignedOnceAndRefusesTheRest() async throws {
        let (status, text) = try await Python.run("webhook_sender.py", [Self.document])
        #expect(status == 0, "\(text)")
    }
}
