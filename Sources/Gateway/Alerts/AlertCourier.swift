import HandoverPipeline
import HandoverRules
import Operations

/// Takes one alert to one door, by the same code as handovers' webhooks and e-mails: addresses are checked and
/// connected to as resolved, the webhook is signed, a mail says nothing about anybody.
struct AlertCourier: Sendable {
    let settings: AlertSettings
    let couriers: CourierSettings
    /// Names this hub as the CloudEvent's source.
    let source: String
    let work: LedgerWork

    /// Doors that are set up.
    var doors: [AlertNotice.Door] {
        (settings.webhook == nil ? [] : [.webhook]) + (settings.email == nil || couriers.mail == nil ? [] : [.email])
    }

    /// One attempt; never throws. What came of it as a code.
    func send(_ notice: AlertNotice, now: Instant) async -> (outcome: String, isTaken: Bool) {
        switch notice.door {
        case .webhook: await post(notice, now)
        case .email: await write(notice, now)
        }
    }

    private func post(_ notice: AlertNotice, _ now: Instant) async -> (outcome: String, isTaken: Bool) {
        guard let webhook = settings.webhook else { return ("NO_DOOR", false) }
        let (address, allowsPrivate) = (webhook.address, couriers.allowsPrivateAddresses)
        let resolve = couriers.resolve
        let checked = try? await work.apart {
            Result { () throws(WebhookAddress.Refusal) in
                try address.resolved(allowsPrivate: allowsPrivate, by: resolve)
            }
        }
        switch checked {
        case nil: return ("ENDING", false)
        case .failure(let refusal): return (refusal.rawValue, false)
        case .success(let addresses):
            let sender = WebhookSender(address, at: addresses, trusting: couriers.trustedCertificates)
            let message = WebhookMessage(
                id: notice.id, body: AlertJSON.event(notice, source: source, runbooks: settings.runbooks),
                secrets: [webhook.secret])
            // Receivers compare it with their own clock.
            let answer = await sender.send(message, now: MachineClock.now())
            await sender.close()
            if case .status(200..<300, _) = answer { return (answer.code, true) }
            return (answer.code, false)
        }
    }

    private func write(_ notice: AlertNotice, _ now: Instant) async -> (outcome: String, isTaken: Bool) {
        guard let mail = couriers.mail, let to = settings.email else { return ("NO_DOOR", false) }
        let letter = AlertLetter(from: mail.from, to: to, notice: notice, runbooks: settings.runbooks, at: now)
        let outcome: MailOutcome
        switch mail.way {
        case .relay(let relay): outcome = await SMTPClient(relay: relay).send(letter)
        case .sendmail(let path):
            outcome = (try? await work.apart { Sendmail(path: path).send(letter) }) ?? .refused("ENDING")
        }
        switch outcome {
        case .taken: return ("TAKEN", true)
        case .refused(let code): return (code, false)
        }
    }
}
