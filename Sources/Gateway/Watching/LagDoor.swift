import HandoverPipeline
import Hummingbird
import Operations

/// GET /api/lag and /api/status: what the pages show, for programs.
struct LagDoor: Sendable {
    let status: HubStatus
    let measurements: Measurements
    let version: String
    let doors: Doors
    let isTLS: Bool

    func lag(_ request: Request, _ context: DoorContext) async throws -> Response {
        _ = try await doors.viewer(request, context, for: .counts, isTLS: isTLS)
        guard let report = await measurements.latest().lag else { throw Problem.unmeasured }
        return Answer.json(report.json + [10])
    }

    func status(_ request: Request, _ context: DoorContext) async throws -> Response {
        _ = try await doors.viewer(request, context, for: .counts, isTLS: isTLS)
        let figures = await measurements.latest()
        return Answer.json(StatusJSON.bytes(status.snapshot, figures, version: version) + [10])
    }
}
