import Foundation
import Gateway
import Testing

@Suite("HTTP: signing in to the pages", .serialized)
struct SessionTests {
    @Test func aTokenBeginsASessionWhoseCookieNoScriptAndNoOtherSiteGets() async throws {
        try await DoorBed.open { bed in
            let browser = PageBrowser(bed)
            let reply = try await browser.signIn(.recipient("prov-leeds"))
            #expect(reply.status == 303, "\(reply.text)")
            #expect(reply.headers["location"] == "/inbox")
            let line = try #require(browser.cookieLines.first { $0.hasPrefix("throughgate=") })
            #expect(line.contains("HttpOnly") && line.contains("SameSite=Strict") && line.contains("Path=/"))
            #expect(!line.contains("Secure"), "over plain HTTP a secure cookie would never come back")
            let kept = try bed.connection.query("select encode(hash, 'escape') from page_session")
            #expect(kept.count == 1)
            let signedIn = try await browser.get("/sign-in")
            #expect(signedIn.text.contains("You are signed in already"))
            let seen = try bed.connection.query("select 1 from access_audit where action = 'SIGN_IN'")
            #expect(seen.count == 1)
        }
    }

    @Test func behindTLSTheCookieIsBoundToThisHostAndTheBrowserStaysWithTLS() async throws {
        try await DoorBed.open { bed in
            let browser = PageBrowser(bed)
            browser.headers["X-Forwarded-Proto"] = "https"
            let reply = try await browser.signIn(.recipient("prov-leeds"))
            let line = try #require(browser.cookieLines.first { $0.hasPrefix("__Host-throughgate=") })
            #expect(line.contains("Secure"))
            #expect(reply.headers["strict-transport-security"] != nil)
        }
    }

    @Test func everyPageForbidsScriptsFramesAndKeeping() async throws {
        try await DoorBed.open { bed in
            let reply = try await PageBrowser(bed).get("/sign-in")
            #expect(reply.status == 200)
            let policy = reply.headers["content-security-policy"] ?? ""
            for part in [
                "default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'",
                "base-uri 'none'",
            ] { #expect(policy.contains(part), "\(policy)") }
            #expect(reply.headers["cache-control"] == "no-store")
            #expect(reply.headers["x-content-type-options"] == "nosniff")
            #expect(reply.headers["referrer-policy"] == "no-referrer")
            #expect(!reply.text.contains("<script") && !reply.text.contains("style="))
        }
    }

    @Test func aRevokedTokenEndsItsSessionAndSigningOutDoes() async throws {
        try await DoorBed.open { bed in
            let browser = PageBrowser(bed)
            let made = try TokenStore.create(.recipient("prov-leeds"), lifetime: nil, on: bed.connection)
            _ = try await browser.fill("/sign-in", "/sign-in", [("token", made.token)])
            #expect(try await browser.get("/sign-in").text.contains("You are signed in already"))
            #expect(try TokenStore.revoke(made.record.id, on: bed.connection))
            #expect(try await !browser.get("/sign-in").text.contains("You are signed in already"))

            let other = PageBrowser(bed)
            try await other.signIn(.prisons(["MDI"]))
            let cookies = other.cookies
            #expect(try await other.fill("/sign-in", "/sign-out", []).status == 303)
            #expect(other.cookies["throughgate"] == nil)
            let thief = PageBrowser(bed)
            thief.headers["Cookie"] = cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
            #expect(try await !thief.get("/sign-in").text.contains("You are signed in already"))
        }
    }

    @Test func anIdleSessionAndAnOldOneHaveEnded() async throws {
        try await DoorBed.open { bed in
            let browser = PageBrowser(bed)
            try await browser.signIn(.recipient("prov-leeds"))
            try bed.connection.execute("update page_session set seen_at = now() - interval '59 minutes'")
            #expect(try await browser.get("/sign-in").text.contains("You are signed in already"))
            try bed.connection.execute("update page_session set seen_at = now() - interval '61 minutes'")
            #expect(try await !browser.get("/sign-in").text.contains("You are signed in already"))
            try bed.connection.execute(
                "update page_session set seen_at = now(), begun_at = now() - interval '13 hours'")
            #expect(try await !browser.get("/sign-in").text.contains("You are signed in already"))
        }
    }

    @Test func aFormFromElsewhereOrWithoutTheSessionsTokenIsRefused() async throws {
        try await DoorBed.open { bed in
            let browser = PageBrowser(bed)
            try await browser.signIn(.recipient("prov-leeds"))
            let own = PageBrowser.hidden(in: try await browser.get("/sign-in").text, action: "/sign-out")
            #expect(own.count == 1)
            #expect(try await browser.post("/sign-out", []).status == 403)
            #expect(try await browser.post("/sign-out", [("formToken", "AAAA")]).status == 403)
            let stranger = PageBrowser(bed)
            try await stranger.signIn(.recipient("prov-leeds"))
            let foreign = PageBrowser.hidden(in: try await stranger.get("/sign-in").text, action: "/sign-out")
            #expect(try await browser.post("/sign-out", foreign).status == 403)
            for (name, value) in [
                ("Origin", "https://elsewhere.example"), ("Sec-Fetch-Site", "cross-site"),
                ("Sec-Fetch-Site", "same-site"),
            ] {
                browser.headers = [name: value]
                #expect(try await browser.post("/sign-out", own).status == 403, "\(name): \(value)")
            }
            browser.headers = ["Origin": bed.base, "Sec-Fetch-Site": "same-origin"]
            #expect(try await browser.post("/sign-out", own).status == 303)
        }
    }

    @Test func aWrongTokenIsToldWithoutBeingShownAndTooManyAreStopped() async throws {
        try await DoorBed.open { bed in
            let browser = PageBrowser(bed)
            let reply = try await browser.fill("/sign-in", "/sign-in", [("token", "tg_\"><b>nonsense")])
            #expect(reply.status == 403)
            #expect(reply.text.contains("There is a problem") && reply.text.contains(##"href="#token""##))
            #expect(!reply.text.contains("nonsense"))
            var last = reply
            for _ in 0..<40 where last.status != 429 { last = try await browser.post("/sign-in", [("token", "x")]) }
            #expect(last.status == 429)
            #expect(last.headers["retry-after"] != nil)
        }
    }

    @Test func afterSigningInOneGoesOnOnlyWithinThisServer() async throws {
        try await DoorBed.open { bed in
            for next in ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "/a\r\nX: y"] {
                let browser = PageBrowser(bed)
                let token = try bed.token(.recipient("prov-leeds"))
                let reply = try await browser.fill("/sign-in", "/sign-in", [("token", token), ("next", next)])
                #expect(reply.headers["location"] == "/inbox", "\(next)")
            }
        }
    }
}
