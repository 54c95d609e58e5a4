import EventContracts
import HandoverPipeline
import HandoverRules
import Postgres

/// A stored version as it leaves by webhook: the same CloudEvent as the feed's item, sealed for a recipient with a
/// registered key.
struct HandoverBodies: Sendable {
    private let sealer = Sealer()

    /// - Throws: ``Problem/key`` when the recipient's key cannot be used: nothing of it may leave.
    func event(
        _ headers: [RecordHeader], body: [UInt8], to recipient: String, on connection: PostgresConnection
    ) throws -> [UInt8] {
        try StoredCloudEvent.json(
            headers, body: body, to: recipient, try sealer.keys(on: connection), at: MachineClock.now())
    }
}
