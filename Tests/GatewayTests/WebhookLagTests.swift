import Foundation
import Gateway
import Operations
import Postgres
import Testing

@Suite("HTTP: what waits for a webhook is seen", .serialized)
struct WebhookLagTests {
    @Test func whatWaitsIsCountedAgedAndShownToOperatorsAndToItsRecipient() async throws {
        try await DoorBed.open { bed in
            try bed.lease(partition: 0, publishedThrough: 1000)
            _ = try bed.token(.recipient("prov-leeds"))
            // Without a secret nothing is sent.
            try bed.pointWebhook(at: "https://hooks.example.org/in")
            try bed.seed(recipient: "prov-leeds", streams: ["a", "b"], partition: 0, offset: 1)
            try await Receiver.wait("both to wait") {
                try RecipientLag.webhooks(on: bed.connection).first?.handovers == 2
            }
            let rows = try RecipientLag.webhooks(on: bed.connection)
            #expect(rows.map(\.recipient) == ["prov-leeds"] && rows[0].people == 1 && rows[0].oldest != nil)
            #expect(rows[0].door == .webhook && rows[0].fetchedAt == nil)
            #expect(try RecipientLag.webhooks(of: "ps-yh", on: bed.connection).isEmpty)
            #expect(try RecipientLag.feeds(on: bed.connection).isEmpty, "who has a webhook need not fetch")
            try await Receiver.wait("the courier to queue them") { try bed.webhook()?.waiting == 2 }
            #expect(try RecipientLag.webhooks(on: bed.connection).first?.handovers == 2, "counted once")
            let browser = PageBrowser(bed)
            try await browser.signIn(.recipient("prov-leeds"))
            #expect(try await browser.get("/inbox").text.contains("2 wait for your webhook since"))
            var api = ""
            let deadline = Date(timeIntervalSinceNow: 20)
            while !api.contains(#""door":"webhook","handovers":2,"people":1"#), Date() < deadline {
                api = try await bed.ask("GET", "/api/lag", token: nil).text
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(api.contains(#""recipient":"prov-leeds","door":"webhook","handovers":2,"people":1"#), "\(api)")
            #expect(try await bed.ask("GET", "/lag", token: nil).text.contains("<td>webhook</td>"))
            try bed.connection.execute("update webhook_delivery set state = 'DELIVERED', ended_at = now()")
            #expect(try RecipientLag.webhooks(on: bed.connection).first?.handovers == 0)
            #expect(try await !browser.get("/inbox").text.contains("for your webhook"))
        }
    }
}
