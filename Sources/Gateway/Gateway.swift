import AsyncHTTPClient
import Glibc
public import HandoverPipeline
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
import NIOCore
import NIOSSL
public import Operations
import Synchronization

/// All HTTP of the program, on one address.
public struct Gateway: Sendable {
    private let host: String
    private let port: Int
    private let identity: ServerIdentity?
    private let doors: Doors
    private let routes: Routes
    private let couriers: Couriers
    private let alerts: AlertWatch
    private let log: Logger
    private let limits: DoorLimits

    /// - Parameters:
    ///   - identity: the certificate to serve with; nil: plain HTTP.
    ///   - settingsInForce: for the audit, when they changed since this instance's last start; no secrets. nil: not
    ///     noted.
    ///   - version: of the program, for `throughgate_build_info`.
    ///   - couriers: what webhooks and e-mail need.
    /// - Throws: `KafkaError` when the producer of what comes in cannot be made.
    public init(
        host: String, port: Int, identity: ServerIdentity? = nil, settings: HubSettings,
        settingsInForce: [String: String]? = nil, status: HubStatus, measurements: Measurements, version: String,
        couriers: CourierSettings = CourierSettings(), log: Logger, limits: DoorLimits = DoorLimits()
    ) throws {
        self.host = host
        self.port = port
        self.identity = identity
        self.limits = limits
        doors = try Doors(settings: settings, settingsInForce: settingsInForce, log: log, limits: limits)
        self.couriers = Couriers(couriers, hub: settings, log: log)
        let board = AlertBoard(runbooks: couriers.alerts.runbooks)
        let routes = Routes(
            status: status, measurements: measurements, version: version, doors: doors, isTLS: identity != nil,
            figures: self.couriers.figures, alerts: board, log: log)
        self.routes = routes
        alerts = AlertWatch(couriers, hub: settings, board: board, log: log) { await routes.metrics() }
        self.log = log
    }

    /// Every route as `GET /v1/handovers`, for whoever describes them.
    public var routeNames: [String] { routes.all.map { "\($0.method.rawValue) \($0.path)" } }

    /// Whether only programs of this machine can reach that host's addresses.
    public static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    /// Serves until its task is cancelled or the surrounding service group shuts down.
    ///
    /// - Parameter listening: called with the port once the address is taken.
    /// - Throws: ``CannotListen`` when the address cannot be taken.
    public func run(listening: @escaping @Sendable (_ port: Int) -> Void) async throws {
        let isListening = Atomic(false)
        // The library's own words (a start, a child channel that was cancelled) say nothing that `run` does not.
        var quiet = log
        quiet.logLevel = .critical
        let application = Application(
            router: routes.router(), server: try server(),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "throughgate",
                availableConnectionsDelegate: MaximumAvailableConnections(
                    GatewayLimits.connectionsMax, logger: quiet)),
            onServerRunning: { channel in
                isListening.store(true, ordering: .relaxed)
                listening(channel.localAddress?.port ?? port)
            },
            logger: quiet)
        doors.start()
        routes.measurements.start()
        let forwarding = forwardingMetrics()
        defer {
            forwarding?.cancel()
            routes.measurements.stop()
            doors.stop()
        }
        do {
            try await couriers.working { [alerts] in
                // Cancelled, and waited for, at the end of this scope.
                async let _ = alerts.run()
                try await application.run()
            }
        } catch {
            if isListening.load(ordering: .relaxed) || error is CancellationError { throw error }
            throw CannotListen(error)
        }
    }

    /// To the metrics backend of the program, where it has one.
    private func forwardingMetrics() -> Task<Void, Never>? {
        guard let backend = MetricsForwarder.ofSystem else { return nil }
        return Task { [routes] in
            var forwarder = backend
            while !Task.isCancelled {
                forwarder.pass(await routes.metrics())
                try? await Task.sleep(for: .seconds(MetricsForwarder.seconds))
            }
        }
    }

    /// What a hub on this machine answers under `/api/lag`; nil when none does within two seconds, or when it listens
    /// beyond loopback only. Counts and states, no token.
    public static func lag(host: String, port: Int, isTLS: Bool) async -> [UInt8]? {
        let own = ["0.0.0.0", "::", "[::]"].contains(host) ? "127.0.0.1" : host
        guard isLoopback(own) else { return nil }
        var configuration = HTTPClient.Configuration()
        // The certificate names the hub's public name; on loopback nobody stands between, and no secret is sent.
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.certificateVerification = .none
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        defer { client.shutdown { _ in } }
        let name = own.contains(":") && !own.hasPrefix("[") ? "[\(own)]" : own
        let request = HTTPClientRequest(url: "\(isTLS ? "https" : "http")://\(name):\(port)/api/lag")
        guard let answer = try? await client.execute(request, timeout: .seconds(3)), answer.status == .ok,
            let body = try? await answer.body.collect(upTo: 16 << 20)
        else { return nil }
        return Array(body.readableBytesView)
    }

    private func server() throws -> HTTPServerBuilder {
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [RequestDeadline(limits.requestArrival)],
                idleTimeout: TimeAmount(limits.idle)))
        guard let identity else { return plain }
        return try .tls(plain, tlsConfiguration: identity.configuration)
    }
}

/// The address cannot be listened on.
public struct CannotListen: Error, Sendable, CustomStringConvertible {
    /// Why, and what to do.
    public let description: String

    init(_ error: any Error) {
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE: description = "another program listens there; stop it or give this one another port"
        case EACCES: description = "this user may not listen there; take a port above 1023"
        case EADDRNOTAVAIL: description = "this machine has no such address; take 127.0.0.1 or 0.0.0.0"
        default: description = "cannot listen there; check host and port"
        }
    }
}
