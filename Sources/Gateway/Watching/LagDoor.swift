import HTTPTypes
import HandoverPipeline
import Hummingbird
import Operations

/// What the hub does and how far it is behind: `/`, `/lag`, `/api/lag`, `/api/status`. Counts and states, never a
/// person. Nothing here waits for PostgreSQL: it is shown when PostgreSQL is what is away.
struct LagDoor: Sendable {
    let status: HubStatus
    let measurements: Measurements
    let version: String
    let alerts: AlertBoard
    let pages: PageDoor

    var routes: [Routes.Route] {
        [
            Routes.Route(.get, "/api/lag") { try await lag($0, $1) },
            Routes.Route(.get, "/api/status") { try await status($0, $1) },
            pages.get("/", for: .counts) { visit in
                let figures = await measurements.latest(), isLive = visit.query("live") == "1"
                let now = figures.now ?? MachineClock.now()
                return LagDoor.renewed(
                    visit.show(HomePage(status.snapshot, figures, alerts, now: now, isLive: isLive)), isLive)
            },
            pages.get("/lag", for: .counts) { try await page($0) },
        ]
    }

    private func lag(_ request: Request, _ context: DoorContext) async throws -> Response {
        _ = try await pages.doors.viewer(request, context, for: .counts, isTLS: pages.isTLS)
        let figures = await measurements.latest()
        guard var report = figures.lag else { throw Problem.unmeasured }
        report.recipients = figures.recipients
        return Answer.json(report.json + [10])
    }

    private func status(_ request: Request, _ context: DoorContext) async throws -> Response {
        _ = try await pages.doors.viewer(request, context, for: .counts, isTLS: pages.isTLS)
        let figures = await measurements.latest()
        return Answer.json(StatusJSON.bytes(status.snapshot, figures, version: version) + [10])
    }

    private func page(_ visit: PageVisit) async throws -> Response {
        let figures = await measurements.latest()
        guard let report = figures.lag else { throw Problem.unmeasured }
        let choice = LagPage.Choice(
            topic: visit.query("topic"), page: visit.query("page").flatMap { Int($0) } ?? 1,
            isLive: visit.query("live") == "1")
        return LagDoor.renewed(
            visit.show(LagPage(report, figures, choice, now: MachineClock.now())), choice.isLive)
    }

    /// Only for who asked for it: a page that changes by itself interrupts whoever has it read out.
    private static func renewed(_ response: Response, _ isLive: Bool) -> Response {
        var response = response
        if isLive { response.headers[.refresh] = String(GatewayLimits.refreshSeconds) }
        return response
    }
}

extension HTTPField.Name {
    fileprivate static let refresh = HTTPField.Name("Refresh")!  // The text is a header name.
}
