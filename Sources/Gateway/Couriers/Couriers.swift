import HandoverPipeline
import Logging
import Postgres

/// What goes out to recipients by itself: webhooks and e-mail. They have threads and connections of their own, so that
/// neither a receiver nor a relay that is away slows the doors or the pipeline.
struct Couriers: Sendable {
    let figures = CourierFigures()
    private let webhooks: WebhookCourier
    private let mail: MailCourier?
    private let work: LedgerWork

    init(_ settings: CourierSettings, hub: HubSettings, log: Logger) {
        var database = hub.postgres
        database.applicationName = "throughgate-couriers"
        work = LedgerWork(database, threads: CourierLimits.ledgerThreads)
        webhooks = WebhookCourier(
            settings: settings, hub: hub, work: work, bodies: HandoverBodies(), figures: figures,
            log: log)
        let (work, figures) = (work, figures)
        mail = settings.mail.map {
            MailCourier($0, now: settings.now, instance: hub.instance, work: work, figures: figures, log: log)
        }
    }

    /// Works as long as the closure does.
    func working(_ body: () async throws -> Void) async throws {
        let running = Task { [webhooks, mail] in
            async let mailing: Void? = mail?.run()
            await webhooks.run()
            _ = await mailing
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        running.cancel()
        await running.value
        work.stop()
        try result.get()
    }
}
