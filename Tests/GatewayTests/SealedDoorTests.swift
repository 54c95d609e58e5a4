import Crypto
import EventContracts
import ExactlyOnceKafka
import Foundation
import Gateway
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

/// A recipient's key pair, and the file in which it hands the public half in.
struct KeyPair {
    let kid: String
    let secret = P256.KeyAgreement.PrivateKey()

    init(_ kid: String) { self.kid = kid }

    var opening: OpeningKey { OpeningKey(id: kid, secret) }

    /// The members of its JWK, without braces.
    var members: String {
        let raw = Array(secret.publicKey.rawRepresentation)
        return """
            "kty":"EC","crv":"P-256","kid":"\(kid)","x":"\(Base64URL.encode(raw.prefix(32)))",\
            "y":"\(Base64URL.encode(raw.suffix(32)))"
            """
    }

    var privateJWK: String { #"{\#(members),"d":"\#(Base64URL.encode(Array(secret.rawRepresentation)))"}"# }
}

extension DoorBed {
    /// Registers keys as `import providers` does; each text is one key of the set.
    @discardableResult
    func register(_ recipient: String, keys: [String]) throws -> RegisterImport.Summary {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keys-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(#"{"keys":[\#(keys.map { "{\($0)}" }.joined(separator: ","))]}"#.utf8)
            .write(to: folder.appending(path: "\(recipient).jwks"))
        return try importKeys("\(recipient),\(recipient).jwks", folder: folder.path)
    }

    @discardableResult
    func importKeys(_ row: String, folder: String) throws -> RegisterImport.Summary {
        let (id, file) = (row.prefix { $0 != "," }, row.drop { $0 != "," })
        let kind = id == "ps-yh" ? "PROBATION_REGION" : "DRUG_SERVICE"
        let text = "provider_id,kind,name,valid_from,public_key_file\n\(id),\(kind),Name,2015-01-01\(file)\n"
        var chunks = [Array(text.utf8)]
        return try RegisterImport(.providers).run(
            on: connection, chunks: { chunks.popLast() }, keyFolder: folder)
    }

    /// Publishes a release and waits for it in the feed.
    func release(_ noms: String, prison: String, recipient: String, count: Int) async throws -> Reply {
        for event in Sample.release(noms) {
            let sent = try await ask(
                "POST", "/v1/events", token: prison, type: "application/cloudevents+json", body: event)
            #expect(sent.status == 202, "\(sent.text)")
        }
        return try await self.await("/v1/handovers", token: recipient) { $0.handovers.count >= count }
    }
}

@Suite("local broker: bodies sealed at every door", .serialized)
struct SealedDoorTests {
    private func binding(_ event: [String: Any]) throws -> SealedBody.Binding {
        let id = try #require(event["id"] as? String)
        return try #require(SealedBody.Binding(messageID: id))
    }

    @Test func kafkaFeedAndStreamCarryTheSameHandoverThatOnlyItsRecipientOpens() async throws {
        try await DoorBed.open(hub: true) { bed in
            let (mine, other) = (KeyPair("leeds-1"), KeyPair("yh-1"))
            #expect(try bed.register("prov-leeds", keys: [mine.members]).keys == 1)
            let prison = try bed.token(.prisons(["MDI"])), leeds = try bed.token(.recipient("prov-leeds"))
            let page = try await bed.release("Z1234BC", prison: prison, recipient: leeds, count: 1)
            let event = try #require(page.handovers.first, "\(page.text)")
            #expect(event["datacontenttype"] as? String == "application/jose")
            let fromFeed = try #require(event["data"] as? String)
            let binding = try binding(event)
            let topic = bed.topics.prefix + "handover.drug-service.prov-leeds"
            let record = try #require(try bed.records(on: topic).first)
            #expect(record.header("content-type") == Array("application/jose".utf8))
            #expect(record.header("ce_id") == Array((event["id"] as? String ?? "").utf8))
            let fromKafka = String(decoding: try #require(record.value), as: UTF8.self)
            let client = try RawClient(bed.base)
            client.send(RawClient.stream(leeds))
            let text = client.read { $0.contains("\n\n") && $0.contains("\"data\":\"") && $0.hasSuffix("\n\n\r\n") }
            let streamed = try #require(text.matches(of: /"data":"([^"]+)"/).first).1
            let stored: [UInt8] = try bed.connection.query(
                "select body from message where recipient_id = 'prov-leeds'"
            ).only().bytes(0)
            for sealed in [fromFeed, fromKafka, String(streamed)] {
                #expect(!sealed.contains("Z1234BC") && sealed.split(separator: ".").count == 4)
                #expect(
                    try SealedBody.open(sealed, with: [other.opening, mine.opening], expected: binding).body == stored)
                #expect(throws: SealingError.otherKey) { try SealedBody.open(sealed, with: [other.opening]) }
                let moved = SealedBody.Binding(handoverID: UUID().uuidString.lowercased(), version: binding.version)
                #expect(throws: SealingError.notAuthentic) {
                    try SealedBody.open(sealed, with: [mine.opening], expected: moved)
                }
            }
            // Who has no key pays nothing and reads as before.
            let clear = try #require(try bed.records(on: bed.topics.prefix + "handover.supervision.ps-yh").first)
            #expect(clear.header("content-type") == Array("application/json".utf8))
            #expect(clear.value?.first == UInt8(ascii: "{"))
            guard Python.path != nil else { return }
            for sealed in [fromFeed, fromKafka] {
                let (status, text) = try await Python.run(
                    "jwe.py", [], input: #"{"key":\#(mine.privateJWK),"sealed":"\#(sealed)"}"#)
                #expect(status == 0, "\(text)")
                let answer = try JSONReader.read(Array(text.utf8)).root
                #expect(answer["header"]?["handoverId"]?.string == binding.handoverID)
                #expect(answer["header"]?["kid"]?.string == "leeds-1")
                #expect(answer["body"]?.string == String(decoding: stored, as: UTF8.self))
            }
        }
    }

    @Test func aNewKeyTakesOverAtItsTimeAndBothOpenWhatWasSealedToThem() async throws {
        try await DoorBed.open { bed in
            let (old, new) = (KeyPair("a"), KeyPair("b"))
            let token = try bed.token(.recipient("prov-leeds"))
            try bed.lease(partition: 0, publishedThrough: 1000)
            try bed.seed(recipient: "prov-leeds", streams: ["one"], partition: 0, offset: 1)
            func kid() async throws -> String? {
                let page = try await bed.await("/v1/handovers", token: token) { $0.handovers.count == 1 }
                let event = try #require(page.handovers.first, "\(page.text)")
                guard let sealed = event["data"] as? String else { return nil }
                #expect(
                    try SealedBody.open(sealed, with: [old.opening, new.opening], expected: binding(event)).body.count
                        > 0)
                let part = try #require(sealed.split(separator: ".").first)
                let header = try #require(Base64URL.decode(part))
                return try JSONReader.read(header).root["kid"]?.string
            }
            #expect(try await kid() == nil)
            try bed.register("prov-leeds", keys: [old.members])
            #expect(try await kid() == "a")
            let later = Date(timeIntervalSinceNow: 86_400).ISO8601Format()
            try bed.register("prov-leeds", keys: [old.members, new.members + #","valid_from":"\#(later)""#])
            #expect(try await kid() == "a")
            // Its time has come.
            try bed.register(
                "prov-leeds", keys: [old.members, new.members + #","valid_from":"2026-01-01T00:00:00Z""#])
            #expect(try await kid() == "a", "the newest valid_from counts, and the old key's is later")
            try bed.connection.execute("update recipient_key set valid_from = '2025-01-01' where kid = 'a'")
            try bed.connection.execute("update register_version set version = version + 1")
            #expect(try await kid() == "b")
            #expect(try bed.register("prov-leeds", keys: [new.members]).keys == 1)
            #expect(try bed.connection.query("select 1 from recipient_key where retired_at is not null").count == 1)
            #expect(try bed.register("prov-leeds", keys: [new.members]).keys == 0, "nothing changes the second time")
            let problem = try #require(throws: ImportProblem.self) {
                try bed.register("prov-leeds", keys: [new.members, old.members])
            }
            #expect(problem.line == 2 && problem.column == "public_key_file" && problem.rule.contains("retired"))
            #expect(try await kid() == "b")
        }
    }

    @Test func whoHasHadAKeyIsNeverSentAnythingInTheClear() async throws {
        try await DoorBed.open(hub: true) { bed in
            let mine = KeyPair("a")
            let prison = try bed.token(.prisons(["MDI"])), leeds = try bed.token(.recipient("prov-leeds"))
            try bed.register("prov-leeds", keys: [mine.members])
            let topic = bed.topics.prefix + "handover.drug-service.prov-leeds"
            // Gone from the register by somebody's hand.
            try bed.connection.execute("update recipient_key set jwk = '{}'")
            try bed.connection.execute("update register_version set version = version + 1")
            for event in Sample.release("Z1234BC") {
                _ = try await bed.ask(
                    "POST", "/v1/events", token: prison, type: "application/cloudevents+json", body: event)
            }
            let deadline = Date(timeIntervalSinceNow: 20)
            while try bed.connection.query("select 1 from message where held").isEmpty, Date() < deadline {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try !bed.connection.query("select 1 from message where held").isEmpty)
            #expect(try bed.connection.query("select 1 from timer where kind = 'RETRY'").count == 1)
            // The other recipient's goes out all the same.
            let supervision = bed.topics.prefix + "handover.supervision.ps-yh"
            func published(_ topic: String) throws -> Int {
                try bed.topicExists(topic) ? bed.records(on: topic).count : 0
            }
            while try published(supervision) == 0, Date() < deadline { try await Task.sleep(for: .milliseconds(50)) }
            #expect(try published(supervision) == 1)
            #expect(try published(topic) == 0)
            // As if it had been published before: the feed does not show it either.
            try bed.connection.execute("update message set held = false")
            let refused = try await bed.await("/v1/handovers", token: leeds) { $0.status == 503 }
            #expect(refused.status == 503 && refused.code == "KEY", "\(refused.text)")
        }
    }

    @Test func aFileThatCannotBeUsedFailsTheImportByLineAndColumnAndChangesNothing() async throws {
        try await DoorBed.open { bed in
            try bed.register("prov-leeds", keys: [KeyPair("a").members])
            let version: Int64 = try bed.connection.query("select version from register_version").only()[0]
            let folder = FileManager.default.temporaryDirectory.appending(path: "keys-" + UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            try Data("CANARY".utf8).write(to: folder.appending(path: "broken"))
            try Data(#"{\#(KeyPair("CANARY").members),"valid_from":"2027-01-01T00:00:00Z"}"#.utf8)
                .write(to: folder.appending(path: "later"))
            try Data(KeyPair("b").privateJWK.utf8).write(to: folder.appending(path: "private"))
            try Data("{\(KeyPair("a").members)}".utf8).write(to: folder.appending(path: "same-name"))
            let cases = [
                ("absent", "cannot be read"), ("", "never sent in the clear"), (".", "cannot be read"),
                ("/dev/zero", "cannot be read"), ("broken", "PEM"), ("later", "counts now"),
                ("private", "private"), ("same-name", "kid"),
            ]
            for (file, words) in cases {
                let problem = try #require(throws: ImportProblem.self, "\(file)") {
                    try bed.importKeys("prov-leeds,\(file)", folder: folder.path)
                }
                #expect(problem.line == 2 && problem.column == "public_key_file", "\(file): \(problem)")
                #expect(problem.rule.contains(words) && !problem.rule.contains("CANARY"), "\(file): \(problem)")
            }
            #expect(try bed.connection.query("select version from register_version").only()[0] as Int64 == version)
            #expect(try bed.connection.query("select 1 from recipient_key where retired_at is null").count == 1)
        }
    }
}

extension DoorBed {
    func topicExists(_ topic: String) throws -> Bool {
        try TopicAdmin(configuration: settings.kafka).topics().contains { $0.name == topic }
    }
}
