import EventContracts
import Foundation
import Gateway
import HandoverRules
import LocalServers
import Postgres
import Synchronization
import Testing

@Suite(
    "Python: webhooks over TLS, to the checked address alone, and sealed", .serialized,
    .enabled(if: Python.path != nil, "no Python with scripts/requirements-clients.txt"))
struct WebhookSafetyTests {
    private let clock = MovedClock()

    private func open(
        trusting: String? = nil, resolve: (@Sendable (String) -> [String])? = nil, allowsPrivate: Bool = true,
        _ body: (DoorBed) async throws -> Void
    ) async throws {
        let couriers = CourierSettings(
            allowsPrivateAddresses: allowsPrivate, trustedCertificates: trusting, resolve: resolve, now: clock.now)
        try await DoorBed.open(couriers: couriers) { bed in
            try bed.lease(partition: 0, publishedThrough: 1000)
            try await body(bed)
        }
    }

    @Test func anAnswerWithoutEndIsCutOff() async throws {
        try await open { bed in
            let receiver = try Receiver(secret: try bed.webhookSecret(), answering: "flood")
            try await receiver.start()
            try bed.pointWebhook(at: receiver.url)
            try bed.seed(recipient: "prov-leeds", streams: ["a"], partition: 0, offset: 1)
            try await receiver.wait(for: 2)
            let flood = try #require(receiver.lines.last)
            // What the sockets on both sides hold beside the 16 KiB that are read.
            #expect(flood.status == "flooded" && flood.signatures < 16 << 10, "\(flood.signatures) KiB were taken")
            try await bed.wait("it to count as delivered") { $0.waiting == 0 && $0.dead == 0 }
        }
    }

    @Test func theCertificateMustBeTheNamesOwnAndOfATrustedAuthority() async throws {
        let (authority, stranger) = (try TestAuthority(), try TestAuthority())
        let loopback: @Sendable (String) -> [String] = { _ in ["127.0.0.1"] }
        try await open(trusting: authority.certificate, resolve: loopback) { bed in
            let secret = try bed.webhookSecret()
            func receiver(_ identity: TestAuthority.Identity) async throws -> Receiver {
                let receiver = try Receiver(secret: secret, identity: identity)
                try await receiver.start()
                try bed.pointWebhook(at: "https://hooks.example.org:\(receiver.port)/in")
                return receiver
            }
            try bed.seed(recipient: "prov-leeds", streams: ["a"], partition: 0, offset: 1)
            for wrong in [try authority.issue("other.example.org"), try stranger.issue("hooks.example.org")] {
                let receiver = try await receiver(wrong)
                let before = try bed.webhook()?.failures ?? 0
                clock.move(.hours(1))
                try await bed.wait("a refusal") { $0.failures > before && $0.lastOutcome == "TLS" }
                #expect(receiver.lines.isEmpty, "nothing was said to whoever is not the name's owner")
            }
            let right = try await receiver(authority.issue("hooks.example.org"))
            clock.move(.hours(1))
            try await right.wait(for: 1)
            #expect(right.lines.map(\.isVerified) == [true])
        }
    }

    /// The name means one address when it is checked, and another whenever somebody asks again.
    @Test func aNameThatChangesItsMeaningIsReachedWhereItWasChecked() async throws {
        let asked = Mutex(0)
        let resolve: @Sendable (String) -> [String] = { host in
            #expect(host == "localhost")
            return asked.withLock { count in
                count += 1
                return [count == 1 ? "127.0.0.2" : "127.0.0.1"]
            }
        }
        try await open(resolve: resolve) { bed in
            let secret = try bed.webhookSecret()
            let right = try Receiver(secret: secret, answering: "307 location=http://localhost/", address: "127.0.0.2")
            try await right.start()
            // Where the system's own resolver leads.
            let rebound = try Receiver(secret: secret, port: right.port)
            try await rebound.start()
            try bed.seed(recipient: "prov-leeds", streams: ["a"], partition: 0, offset: 1)
            try bed.pointWebhook(at: "http://localhost:\(right.port)/in")
            try await bed.wait("the redirection") { $0.lastOutcome == "307" }
            #expect(right.lines.count == 1 && rebound.lines.isEmpty)
            #expect(asked.withLock { $0 } == 1, "asked once, at the check")
        }
    }

    @Test func aNameThatAlsoMeansAPrivateAddressIsNotConnectedTo() async throws {
        let authority = try TestAuthority()
        let resolve: @Sendable (String) -> [String] = { _ in ["8.8.8.8", "127.0.0.1"] }
        try await open(trusting: authority.certificate, resolve: resolve, allowsPrivate: false) { bed in
            let receiver = try Receiver(
                secret: try bed.webhookSecret(), identity: try authority.issue("hooks.example.org"))
            try await receiver.start()
            try bed.seed(recipient: "prov-leeds", streams: ["a"], partition: 0, offset: 1)
            try bed.pointWebhook(at: "https://hooks.example.org:\(receiver.port)/in")
            try await bed.wait("the refusal") { $0.lastOutcome == "ADDRESS_PRIVATE" }
            #expect(receiver.lines.isEmpty)
        }
    }

    @Test func aSealedBodyIsSignedAsItIsAndOpenedByItsRecipientAloneThroughAKeyRotation() async throws {
        try await open { bed in
            let receiver = try Receiver(secret: try bed.webhookSecret())
            try await receiver.start()
            let keys = [KeyPair("a"), KeyPair("b")]
            for (index, key) in keys.enumerated() {
                let newest = index == 0 ? "" : #","valid_from":"2026-01-01T00:00:00Z""#
                try bed.register("prov-leeds", keys: keys[..<index].map(\.members) + [key.members + newest])
                try bed.connection.execute("update recipient_key set valid_from = '2025-01-01' where kid = 'a'")
                try bed.connection.execute("update register_version set version = version + 1")
                try bed.pointWebhook(at: receiver.url)
                let id = try bed.seed(
                    recipient: "prov-leeds", streams: ["Marker\(index)"], partition: 0, offset: Int64(index + 1))[0]
                try await receiver.wait(for: index + 1)
                #expect(receiver.lines[index].isVerified, "standardwebhooks takes the sealed bytes as they came")
                #expect(!receiver.bodies[index].contains("Marker"))
                let event = try JSONReader.read(Array(receiver.bodies[index].utf8)).root
                let sealed = try #require(event["data"]?.string)
                let (status, text) = try await Python.run(
                    "jwe.py", [], input: #"{"key":\#(key.privateJWK),"sealed":"\#(sealed)"}"#)
                #expect(status == 0, "\(text)")
                let opened = try JSONReader.read(Array(text.utf8)).root
                #expect(opened["header"]?["kid"]?.string == key.kid)
                #expect(opened["header"]?["handoverId"]?.string == id.uuidString.lowercased())
                #expect(opened["body"]?.string?.contains("Marker\(index)") == true)
            }
        }
    }
}
