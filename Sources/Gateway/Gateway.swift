import Glibc
public import HandoverPipeline
import Hummingbird
public import Logging
import NIOCore
public import Operations
import Synchronization

/// All HTTP of the program, on one address.
public struct Gateway: Sendable {
    private let host: String
    private let port: Int
    private let routes: Routes
    private let log: Logger

    /// - Parameter version: of the program, for `throughgate_build_info`.
    public init(
        host: String, port: Int, status: HubStatus, measurements: Measurements, version: String, log: Logger
    ) {
        self.host = host
        self.port = port
        routes = Routes(status: status, measurements: measurements, version: version)
        self.log = log
    }

    /// Serves until its task is cancelled or the surrounding service group shuts down.
    ///
    /// - Parameter listening: called once the address is taken.
    /// - Throws: ``CannotListen`` when the address cannot be taken.
    public func run(listening: @escaping @Sendable () -> Void) async throws {
        let isListening = Atomic(false)
        // The library's own words (a start, a child channel that was cancelled) say nothing that `run` does not.
        var quiet = log
        quiet.logLevel = .critical
        let application = Application(
            router: routes.router(),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: "throughgate"),
            onServerRunning: { _ in
                isListening.store(true, ordering: .relaxed)
                listening()
            },
            logger: quiet)
        do {
            try await application.run()
        } catch {
            if isListening.load(ordering: .relaxed) || error is CancellationError { throw error }
            throw CannotListen(error)
        }
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
