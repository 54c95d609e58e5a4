import Foundation
import Gateway
import HandoverRules
import Testing

@Suite(
    "Python: webhooks verified by the standardwebhooks package", .serialized,
    .enabled(if: Python.path != nil, "no Python with scripts/requirements-clients.txt"))
struct WebhookTests {
    private let clock = MovedClock()

    private func open(_ body: (DoorBed) async throws -> Void) async throws {
        let couriers = CourierSettings(allowsPrivateAddresses: true, now: clock.now)
        try await DoorBed.open(couriers: couriers) { bed in
            try bed.lease(partition: 0, publishedThrough: 1000)
            try await body(bed)
        }
    }

    private func names(_ ids: [UUID]) -> [String] { ids.map { $0.uuidString.lowercased() + "/1" } }

    @Test func everyVersionArrivesInTheOrderOfTheFeedSignedAndOnce() async throws {
        try await open { bed in
            let receiver = try Receiver(secret: try bed.webhookSecret())
            try await receiver.start()
            try bed.pointWebhook(at: receiver.url)
            let first = try bed.seed(recipient: "prov-leeds", streams: ["a", "b", "c"], partition: 0, offset: 1)
            try bed.seed(recipient: "ps-yh", streams: ["other"], partition: 0, offset: 2)
            let more = try bed.seed(recipient: "prov-leeds", streams: ["d", "e"], partition: 0, offset: 3)
            try await bed.wait("all to be delivered") { $0.waiting == 0 && $0.lastSuccessAt != nil }
            try await receiver.wait(for: 5)
            #expect(receiver.lines.map(\.id) == names(first + more))
            #expect(receiver.lines.allSatisfy { $0.isVerified && $0.signatures == 1 })
            let metrics = try await bed.ask("GET", "/metrics", token: nil).text
            #expect(metrics.contains(#"throughgate_webhook_deliveries_total{outcome="delivered"} 5"#))
        }
    }

    @Test func anOutageLosesNothingAndChangesNoOrder() async throws {
        try await open { bed in
            let receiver = try Receiver(secret: try bed.webhookSecret())
            try await receiver.start()
            try bed.pointWebhook(at: receiver.url)
            receiver.stop()
            let ids = try bed.seed(recipient: "prov-leeds", streams: ["a", "b", "c", "d"], partition: 0, offset: 1)
            for failures in 1...3 {
                try await bed.wait("\(failures) failures") { $0.failures >= failures }
                clock.move(.hours(1))
            }
            #expect(try bed.webhook()?.waiting == 4)
            try await receiver.start()
            clock.move(.hours(1))
            try await receiver.wait(for: 4)
            #expect(receiver.lines.map(\.id) == names(ids))
        }
    }

    @Test func duringARotationOldAndNewSecretsBothVerify() async throws {
        try await open { bed in
            let old = try bed.webhookSecret()
            let new = try WebhookSecrets.rotate(for: "prov-leeds", on: bed.connection)
            for secret in [old, new.text] {
                let receiver = try Receiver(secret: secret)
                try await receiver.start()
                try bed.pointWebhook(at: receiver.url)
                let offset: Int64 = secret == old ? 1 : 2
                try bed.seed(recipient: "prov-leeds", streams: ["a"], partition: 0, offset: offset)
                try await receiver.wait(for: 1)
                #expect(receiver.lines.map(\.isVerified) == [true] && receiver.lines[0].signatures == 2)
                try await bed.wait("it to be noted") { $0.waiting == 0 }
            }
            let records = try WebhookSecrets.list(of: "prov-leeds", on: bed.connection)
            #expect(try WebhookSecrets.revoke(records[0].id, on: bed.connection))
            let receiver = try Receiver(secret: old)
            try await receiver.start()
            try bed.pointWebhook(at: receiver.url)
            try bed.seed(recipient: "prov-leeds", streams: ["b"], partition: 0, offset: 3)
            try await receiver.wait(for: 1)
            #expect(receiver.lines.map(\.isVerified) == [false] && receiver.lines[0].signatures == 1)
        }
    }

    @Test func goneStopsVisiblyUntilSomebodyTriesAgain() async throws {
        try await open { bed in
            let receiver = try Receiver(secret: try bed.webhookSecret(), answering: "410")
            try await receiver.start()
            try bed.pointWebhook(at: receiver.url)
            let ids = try bed.seed(recipient: "prov-leeds", streams: ["a", "b"], partition: 0, offset: 1)
            try await bed.wait("the door to be gone") { $0.state == "GONE" && $0.lastOutcome == "410" }
            clock.move(.hours(2))
            try receiver.answer("200")
            #expect(try bed.webhook()?.waiting == 2 && receiver.lines.count == 1)
            let revived = try WebhookBook.retry(
                "prov-leeds", positions: nil, now: clock.now(), on: bed.connection)
            #expect(revived == 0)
            try await receiver.wait(for: 3)
            #expect(receiver.lines.dropFirst().map(\.id) == names(ids))
        }
    }

    @Test func after72HoursThereIsADeadLetterAndTheQueueGoesOn() async throws {
        try await open { bed in
            let receiver = try Receiver(secret: try bed.webhookSecret(), answering: "500")
            try await receiver.start()
            try bed.pointWebhook(at: receiver.url)
            let old = try bed.seed(recipient: "prov-leeds", streams: ["a"], partition: 0, offset: 1)
            try await bed.wait("a failure") { $0.failures == 1 }
            clock.move(.hours(71))
            try await bed.wait("another") { $0.failures == 2 }
            #expect(try bed.webhook()?.dead == 0)
            let new = try bed.seed(recipient: "prov-leeds", streams: ["b"], partition: 0, offset: 2)
            try await bed.wait("the second to be queued") { $0.waiting == 2 }
            clock.move(.hours(2))
            try await bed.wait("a dead letter") { $0.dead == 1 }
            try receiver.answer("200")
            clock.move(.hours(1))
            try await bed.wait("the next") { $0.waiting == 0 }
            #expect(receiver.lines.last?.id == names(new)[0])
            let rows = try WebhookBook.deliveries(of: "prov-leeds", limit: 10, on: bed.connection)
            #expect(rows.map(\.state) == ["DEAD"] && rows.map(\.webhookID) == names(old))
            #expect(rows[0].lastOutcome == "500" && rows[0].attempts == 3)
            let revived = try WebhookBook.retry(
                "prov-leeds", positions: [rows[0].position], now: clock.now(), on: bed.connection)
            #expect(revived == 1)
            try await bed.wait("the dead letter to be taken") { $0.waiting == 0 && $0.dead == 0 }
            #expect(receiver.lines.last?.id == names(old)[0])
        }
    }

    @Test func redirectionsAreNotFollowedAndRetryAfterIsHonoured() async throws {
        try await open { bed in
            let receiver = try Receiver(secret: try bed.webhookSecret(), answering: "307 location=/elsewhere")
            try await receiver.start()
            try bed.pointWebhook(at: receiver.url)
            try bed.seed(recipient: "prov-leeds", streams: ["a"], partition: 0, offset: 1)
            try await bed.wait("a failure") { $0.failures == 1 && $0.lastOutcome == "307" }
            #expect(receiver.lines.count == 1)
            try receiver.answer("503 retry-after=7200")
            clock.move(.hours(1))
            try await bed.wait("another") { $0.failures == 2 }
            let next = try #require(try bed.webhook()?.nextAttemptAt)
            #expect(next - clock.now() > .minutes(110))
        }
    }

    @Test func privateAddressesAreRefusedUnlessSettingsSayOtherwise() async throws {
        try await DoorBed.open(couriers: CourierSettings(now: clock.now)) { bed in
            try bed.lease(partition: 0, publishedThrough: 1000)
            let receiver = try Receiver(secret: try bed.webhookSecret())
            try await receiver.start()
            try bed.seed(recipient: "prov-leeds", streams: ["a"], partition: 0, offset: 1)
            for (url, code) in [
                ("https://127.0.0.1:\(receiver.port)/in", "ADDRESS_PRIVATE"),
                ("https://localhost:\(receiver.port)/in", "ADDRESS_PRIVATE"), (receiver.url, "URL_NOT_HTTPS"),
            ] {
                try bed.pointWebhook(at: url)
                clock.move(.hours(1))
                try await bed.wait(code) { $0.lastOutcome == code }
            }
            #expect(receiver.lines.isEmpty)
        }
    }

    @Test func ofTwoHubsOneSends() async throws {
        try await open { bed in
            let receiver = try Receiver(secret: try bed.webhookSecret())
            try await receiver.start()
            try await bed.withSecondGateway(CourierSettings(allowsPrivateAddresses: true, now: clock.now)) {
                try bed.pointWebhook(at: receiver.url)
                var ids: [UUID] = []
                for offset: Int64 in 1...20 {
                    ids += try bed.seed(recipient: "prov-leeds", streams: ["m\(offset)"], partition: 0, offset: offset)
                }
                try await receiver.wait(for: 20)
                try await bed.wait("all") { $0.waiting == 0 }
                #expect(receiver.lines.map(\.id) == names(ids))
            }
        }
    }
}
