import Hummingbird
import NIOCore
import Synchronization

/// Reads bodies of requests into memory, never more at one time than ``DoorLimits/bodyBytesHeldMax``.
final class BodyIntake: Sendable {
    private let held = Atomic(0)
    private let bytesMax: Int

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// The whole body, handed on while its bytes count as held.
    ///
    /// - Parameter limit: of this body; what announces no length is counted as long as it may be.
    /// - Throws: a 413 beyond the limit, ``Problem/busy`` when too much is held, a 400 when the client stops midway.
    func read<Result>(
        _ request: Request, upTo limit: Int, _ body: ([UInt8]) async throws -> Result
    ) async throws -> Result {
        let announced = request.headers[.contentLength].flatMap { Int($0) } ?? limit
        guard announced <= limit else { throw BodyIntake.tooLarge }
        let share = max(0, announced)
        let before = held.wrappingAdd(share, ordering: .relaxed).oldValue
        defer { held.wrappingSubtract(share, ordering: .relaxed) }
        guard before + share <= bytesMax else { throw Problem.busy }
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: limit)
        } catch let error as any HTTPResponseError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch is NIOTooManyBytesError {
            throw BodyIntake.tooLarge
        } catch {
            throw Problem(.badRequest, "INCOMPLETE", "the body did not arrive whole; send it again")
        }
        return try await body(Array(buffer.readableBytesView))
    }

    private static let tooLarge = Problem(
        .contentTooLarge, "TOO_LARGE", "the body is larger than this door takes")
}
