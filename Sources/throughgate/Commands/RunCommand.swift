import ArgumentParser
import Foundation
import Gateway
import HandoverPipeline
import Logging
import Operations
import Postgres
import ServiceLifecycle

/// The hub and its HTTP until SIGTERM or SIGINT.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the hub: consume, enrich, publish; the HTTP doors, /readyz and /metrics on http.address.",
        discussion: "SIGTERM and SIGINT end it within 10 s, between two transactions. It may be killed at any moment.")

    @OptionGroup var settings: SettingsOption

    func run() async throws {
        let settings = try settings.load()
        LoggingSystem.bootstrap { _ in LogLines(level: settings.logLevel, format: settings.logFormat) }
        let log = Logger(label: "throughgate")
        let status = HubStatus()
        let hub = Hub(settings: settings.hub, log: log, status: status)
        let gateway = try Gateway(
            host: settings.http.host, port: settings.http.port, identity: settings.serverIdentity(),
            settings: settings.hub, settingsInForce: settings.shown, status: status,
            measurements: Measurements(settings: settings.hub, status: status),
            version: Build.version, couriers: settings.couriers(), log: log)
        let (listening, announce) = AsyncStream.makeStream(of: Void.self)
        // Ended in reverse order: /readyz answers until the hub has closed its session.
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: GatewayService(gateway: gateway, listening: announce)),
                    .init(
                        service: HubService(hub: hub, listening: listening),
                        successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: log))
        warnOfRights(settings, log)
        do {
            log.notice(
                "starts",
                metadata: [
                    "version": "\(Build.version)", "instance": "\(settings.instance)", "http": "\(settings.http)",
                ])
            try await group.run()
            log.notice("ended")
        } catch let error as CannotListen {
            throw CommandFailure(.settings, "http.address: \(settings.http): \(error)")
        }
    }

    /// A hub that may do more than it needs runs all the same; an absent server is the hub's to report.
    private func warnOfRights(_ settings: Settings, _ log: Logger) {
        guard let connection = try? PostgresConnection(settings.postgres),
            let warning = try? LedgerRights.warning(on: connection)
        else { return }
        log.warning("more rights than needed", metadata: ["remedy": "\(warning)"])
    }
}

private struct GatewayService: Service {
    let gateway: Gateway
    let listening: AsyncStream<Void>.Continuation

    func run() async throws {
        try await gateway.run { [listening] _ in
            listening.yield()
            listening.finish()
        }
    }
}

/// The hub on a thread of its own: its loop blocks.
private struct HubService: Service {
    let hub: Hub
    let listening: AsyncStream<Void>

    /// Below the contract's 10 s; what is not finished then comes again after the restart.
    private static let endWithin: TimeInterval = 9.5

    func run() async throws {
        // The address first: a taken port is found out before anything joins the group.
        for await _ in listening { break }
        guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return }
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
                Thread.detachNewThread {
                    Thread.current.name = "throughgate-hub"
                    done.resume(with: Result { try hub.run() })
                }
            }
        } onCancelOrGracefulShutdown: {
            hub.stop()
            HubService.endSoon()
        }
    }

    /// Waiting for a server that is away must not hold the process: every moment is a safe one to end at.
    private static func endSoon() {
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: endWithin)
            Console.note("throughgate: ends without waiting longer for a server")
            Foundation.exit(0)
        }
    }
}
