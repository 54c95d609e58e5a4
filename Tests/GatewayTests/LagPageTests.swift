import Foundation
import HandoverRules
import Operations
import Testing

@Suite("HTTP: what operations see of the hub", .serialized)
struct LagPageTests {
    @Test func twoHundredPartitionsAreShownFiftyAtATimeWithoutScriptsAndInLittleTime() async throws {
        try await DoorBed.open(partitions: 29) { bed in
            let first = try await measured(bed)
            let began = ContinuousClock.now
            let again = try await bed.ask("GET", "/lag", token: nil)
            print("server time of /lag with 203 partitions: \(ContinuousClock.now - began)")
            #expect(again.text.utf8.count < 100_000)
            #expect(rows(first.text) == 50 && first.text.contains("Page 1 of 5"))
            let last = try await bed.ask("GET", "/lag?page=5", token: nil)
            #expect(rows(last.text) == 3 && !last.text.contains("rel=\"next\""))
            let own = try await bed.ask("GET", "/lag?topic=\(bed.topics.kitEvents)", token: nil)
            #expect(rows(own.text) == 29)
            // Nobody has these partitions: that is said, for some of them above the table and for all in it.
            #expect(first.text.contains("203 of 203 partitions need somebody to look"))
            #expect(!first.text.contains("<script") && !first.text.contains("style="))
            #expect(first.headers["content-security-policy"]?.contains("default-src 'none'") == true)
            #expect(first.headers["refresh"] == nil)
            let live = try await bed.ask("GET", "/lag?live=1", token: nil)
            #expect(live.headers["refresh"] == "15")
            let odd = try await bed.ask("GET", "/lag?page=-7&topic=%3Cb%3E", token: nil)
            #expect(odd.status == 200 && !odd.text.contains("<b>") && rows(odd.text) == 0)
        }
    }

    @Test func countsAreForThisMachineAndForOperationsAndWhoComesThroughAProxySignsIn() async throws {
        try await DoorBed.open { bed in
            _ = try await measured(bed)
            let passedOn = ["X-Forwarded-For": "127.0.0.1"]
            for path in ["/api/lag", "/api/status"] {
                #expect(try await bed.ask("GET", path, token: nil).status == 200)
                #expect(try await bed.ask("GET", path, token: nil, headers: passedOn).status == 401)
                let viewer = try bed.token(.ops(.viewer))
                #expect(try await bed.ask("GET", path, token: viewer, headers: passedOn).status == 200)
                let stranger = try bed.token(.recipient("prov-leeds"))
                #expect(try await bed.ask("GET", path, token: stranger).status == 403)
            }
            for path in ["/", "/lag"] {
                #expect(try await bed.ask("GET", path, token: nil).text.contains("<h1>"))
                let away = try await bed.ask("GET", path, token: nil, headers: passedOn)
                #expect(away.text.contains("Sign in") && !away.text.contains("Throughgate now"))
            }
        }
    }

    @Test func theFirstPageBeginsWithPeopleAtRiskThenThePartsThenTheLag() async throws {
        try await DoorBed.open { bed in
            _ = try await measured(bed)
            let text = try await bed.ask("GET", "/", token: nil).text
            let places = ["id=\"risk\"", "id=\"parts\"", "id=\"behind\""].compactMap { text.range(of: $0)?.lowerBound }
            #expect(places.count == 3 && places == places.sorted())
            #expect(text.contains("PostgreSQL") && text.contains("Nobody is known to be at risk"))
        }
    }

    @Test func whatARecipientHasNotFetchedIsCountedAndAgedUntilItHas() async throws {
        try await DoorBed.open { bed in
            try bed.lease(partition: 0, publishedThrough: 1000)
            try bed.seed(recipient: "prov-leeds", streams: ["a", "b"], partition: 0, offset: 1)
            let token = try bed.token(.recipient("prov-leeds"))
            _ = try bed.token(.recipient("ps-yh"))
            let deadline = Date(timeIntervalSinceNow: 15)
            var rows: [RecipientLag] = []
            while Date() < deadline, rows.first?.handovers != 2 {
                rows = try RecipientLag.feeds(on: bed.connection)
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(rows.map(\.recipient) == ["prov-leeds", "ps-yh"])
            #expect(rows.first?.handovers == 2 && rows.first?.fetchedAt == nil && rows.first?.oldest != nil)
            #expect(rows.last?.handovers == 0 && rows.last?.oldest == nil)
            let page = try await bed.ask("GET", "/v1/handovers?limit=1", token: token)
            #expect(page.handovers.count == 1)
            #expect(try RecipientLag.feeds(on: bed.connection).first { $0.recipient == "prov-leeds" }?.handovers == 1)
            _ = try await bed.ask("GET", "/v1/handovers", token: token)
            // Reading from the beginning again takes nothing back.
            _ = try await bed.ask("GET", "/v1/handovers?limit=1", token: token)
            let after = try RecipientLag.feeds(on: bed.connection).first { $0.recipient == "prov-leeds" }
            #expect(after?.handovers == 0 && after?.oldest == nil && after?.fetchedAt != nil)
        }
    }

    /// The page once something was measured.
    private func measured(_ bed: DoorBed) async throws -> Reply {
        let deadline = Date(timeIntervalSinceNow: 20)
        while true {
            let reply = try await bed.ask("GET", "/lag", token: nil)
            if reply.status == 200 || Date() > deadline { return reply }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Rows of the table of partitions.
    private func rows(_ text: String) -> Int {
        guard let start = text.range(of: "Each partition, page") else { return -1 }
        return text[start.upperBound...].components(separatedBy: "<th scope=\"row\"").count - 1
    }
}
