import Foundation
import Gateway
import HandoverPipeline
import LocalServers
import Logging
import Operations

/// All that watches a hub, as `throughgate run` has it, for `bench-hub --watched`: lag, people at risk, alerts,
/// recipients and the audit's head by their own clocks, and somebody who asks for `/metrics` and `/api/lag` every
/// second, fifteen times as often as Prometheus does. A canary is left out: it would be counted, and is one release in
/// a minute.
enum BenchWatch {
    /// Until the process ends.
    static func begin(_ settings: HubSettings, _ status: HubStatus, _ log: Logger) throws {
        let port = try FreePort.next()
        let gateway = try Gateway(
            host: "127.0.0.1", port: port, settings: settings, status: status,
            measurements: Measurements(settings: settings, status: status), version: Build.version, log: log)
        Task.detached { try await gateway.run { _ in } }
        Thread.detachNewThread {
            while true {
                Thread.sleep(forTimeInterval: 1)
                for path in ["/metrics", "/api/lag"] { _ = DoorRequest("GET", path, port: port).send() }
            }
        }
    }
}
