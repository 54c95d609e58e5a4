import Gateway
import Postgres

/// Whether recipients can be told: webhooks that have a secret and are taken, e-mail that is set up.
struct CourierCheck {
    let settings: Settings

    func findings() -> [Finding] { [mail] + webhooks }

    private var mail: Finding {
        switch settings.mail?.way {
        case nil:
            Finding(
                "e-mail", .warning,
                "off: nobody is told that a handover waits; set mail.sendmail or mail.relay, mail.from, http.publicURL")
        case .sendmail(let path): Finding("e-mail", .ok, "by \(path)")
        case .relay(let relay): Finding("e-mail", .ok, "by \(relay.host):\(relay.port)")
        }
    }

    /// Nothing where the ledger cannot be asked: that is reported already.
    private var webhooks: [Finding] {
        guard let connection = try? PostgresConnection(settings.postgres),
            let doors = try? WebhookBook.doors(on: connection)
        else { return [] }
        var findings: [Finding] = []
        if let file = settings.webhookAuthorities {
            findings.append(Finding("webhooks", .ok, "receivers may have certificates of \(file) too"))
        }
        if settings.allowsPrivateWebhooks {
            findings.append(
                Finding("webhooks", .warning, "webhooks.allowPrivateAddresses: they may reach this machine's networks"))
        }
        for door in doors where door.secrets == 0 {
            findings.append(
                Finding(
                    "webhooks", .warning,
                    "\(door.recipient) has no secret, nothing is sent; "
                        + "`webhooks secret create --recipient \(door.recipient)`"
                ))
        }
        for door in doors where door.state == "GONE" {
            findings.append(
                Finding(
                    "webhooks", .warning,
                    "\(door.recipient) answered 410; when its webhook is back: "
                        + "`webhooks retry --recipient \(door.recipient)`"
                ))
        }
        let dead = doors.reduce(0) { $0 + $1.dead }
        if dead > 0 {
            findings.append(Finding("webhooks", .warning, "\(dead) dead letters; see `throughgate webhooks list`"))
        }
        return findings.isEmpty ? [Finding("webhooks", .ok, "\(doors.count) recipients")] : findings
    }
}
