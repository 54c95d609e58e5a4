import HandoverPipeline
import Hummingbird
import Operations

/// Every route of the program, in one list (contract.md §7). These three carry counts and states only, never a person,
/// so they need no token on any address.
struct Routes: Sendable {
    let status: HubStatus
    let measurements: Measurements
    let version: String

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/healthz") { _, _ in Routes.text(.ok, "text/plain; charset=utf-8", Array("alive\n".utf8)) }
        router.get("/readyz") { _, _ in
            let snapshot = status.snapshot
            return Routes.text(
                snapshot.isReady ? .ok : .serviceUnavailable, "application/json", Readiness.json(snapshot) + [10])
        }
        router.get("/metrics") { _, _ in
            let figures = await measurements.latest()
            let page = MetricsText.page(status.snapshot, figures, version: version)
            return Routes.text(.ok, "text/plain; version=0.0.4; charset=utf-8", Array(page.utf8))
        }
        return router
    }

    private static func text(_ status: HTTPResponse.Status, _ type: String, _ body: [UInt8]) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
