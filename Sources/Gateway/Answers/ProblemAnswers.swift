import ExactlyOnceKafka
import Hummingbird
import Logging
import Postgres

/// Turns whatever goes wrong behind a route into problem details, and says of a defect no more than its type.
struct ProblemAnswers<Context: RequestContext>: RouterMiddleware {
    let methods: PathMethods
    let log: Logger

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response
        } catch let error as any HTTPResponseError {
            if error.status == .notFound, let refusal = methods.refusal(request) { return refusal }
            return ProblemAnswers.of(error.status).response
        } catch is PostgresError, is PostgresTransactionError, is KafkaError {
            return Problem.busy.response
        } catch let error as CancellationError {
            throw error
        } catch {
            log.error("a door failed", metadata: ["type": "\(type(of: error))"])
            return Problem(.internalServerError, "INTERNAL", "a defect of the hub; it has been noted").response
        }
    }

    private static func of(_ status: HTTPResponse.Status) -> Problem {
        switch status {
        case .notFound: .notFound
        case .contentTooLarge: Problem(status, "TOO_LARGE", "the body is larger than this door takes")
        default: Problem(status, "REQUEST", "the request is not understood; see the API description")
        }
    }
}
