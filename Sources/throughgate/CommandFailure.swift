import ExactlyOnceKafka
import HandoverPipeline
import LocalServers
import Postgres

/// The exit codes of contract.md §3, after sysexits.h.
enum ExitStatus: Int32 {
    /// Data that was given is wrong.
    case badInput = 65
    /// A server cannot be reached.
    case unavailable = 69
    /// A defect of this program.
    case internalError = 70
    /// Settings, or what they point at, cannot be used as they are.
    case settings = 78
}

/// Why a command ends early: one line that names what and the remedy, and the exit status.
struct CommandFailure: Error {
    let status: Int32
    /// One line, never a person's data.
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status.rawValue
        self.message = message
    }

    /// Any error of the parts below, seen from outside.
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let problem as SettingProblem: self.init(.settings, problem.description)
        case let failure as HubFailure:
            self.init(ExitStatus(rawValue: failure.exitCode) ?? .internalError, failure.message)
        case let error as LocalServerError: self.init(.unavailable, error.description)
        case let problem as ImportProblem: self.init(.badInput, problem.description)
        case let error as KafkaSettingError: self.init(.settings, error.description)
        case let error as KafkaError:
            self.init(CommandFailure.status(of: error), "kafka.bootstrapServers: \(error.description)")
        case let error as PostgresError:
            self.init(CommandFailure.status(of: error), "postgres.url: \(error.description)")
        case let error as PostgresTransactionError:
            self = error.postgres.map { CommandFailure($0) } ?? CommandFailure(error.cause)
        default: self.init(.internalError, "internal error: \(type(of: error))")
        }
    }

    private static func status(of error: KafkaError) -> ExitStatus {
        if error.isUnavailable { return .unavailable }
        let mendedBySettings = ["AUTH", "_SSL", "UNKNOWN_TOPIC", "_INVALID_ARG", "FENCED"]
        return mendedBySettings.contains { error.code.contains($0) } ? .settings : .internalError
    }

    private static func status(of error: PostgresError) -> ExitStatus {
        switch error.kind {
        case .cannotConnect, .connectionLost, .timeout, .resources, .serializationOrDeadlock: .unavailable
        case .authentication, .permission, .configuration, .migration, .undefinedObject: .settings
        default: .internalError
        }
    }
}
