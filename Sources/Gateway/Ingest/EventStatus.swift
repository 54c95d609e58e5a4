import EventContracts
import FoundationEssentials
import HandoverPipeline
import HandoverRules
import Hummingbird
import Postgres

/// GET /v1/events/{id}: what became of an event of one of the bearer's prisons.
struct EventStatus: Sendable {
    let doors: Doors

    /// PENDING while the broker has it and the hub has not recorded it.
    private struct Found: Sendable {
        var disposition: String
        var reason = ""
        var detail: String?
        var handovers: Int64 = 0
    }

    func get(_ request: Request, _ context: some RequestContext) async throws -> Response {
        let (_, prisons) = try await doors.admitPrison(request)
        guard let id = context.parameters.get("id").flatMap(UUID.init(uuidString:)) else { throw Problem.notFound }
        guard let found = try await doors.work.run({ try find(id, prisons, on: $0) }) else { throw Problem.notFound }
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("id")
        writer.string(id.uuidString.lowercased())
        writer.name("disposition")
        writer.string(found.disposition)
        writer.name("reason")
        if found.reason.isEmpty { writer.null() } else { writer.string(found.reason) }
        writer.name("field")
        if let detail = found.detail, let cut = detail.firstIndex(of: ":") {
            writer.string(String(detail[..<cut]))
        } else {
            writer.null()
        }
        writer.name("detail")
        if let detail = found.detail { writer.string(detail) } else { writer.null() }
        writer.name("handovers")
        writer.int(found.handovers)
        writer.endObject()
        return Answer.json(writer.bytes)
    }

    private func find(_ id: UUID, _ prisons: [String], on connection: PostgresConnection) throws -> Found? {
        var isOwn = false
        if let row = try connection.query(GatewaySQL.ingested(id)).first, prisons.contains(try row.text(0)) {
            isOwn = true
            if let reason: String = try row[1] {
                return Found(disposition: "REJECTED", reason: reason, detail: try row[2])
            }
        }
        if let row = try connection.query(GatewaySQL.event(id)).first {
            let record = InboundRecord(
                topic: try row[0], partition: 0, offset: 0, timestampMilliseconds: 0, key: nil,
                value: try row.bytes(2), headers: StoredBytes.headers(try row[1] as [UInt8]?))
            // Its own recordedtime decides nothing that was not decided when it was taken in.
            if case .event(let decoded) = doors.decoder.decode(record, clock: .events),
                let prison = decoded.event.sourcePrison?.text, prisons.contains(prison)
            {
                return Found(disposition: try row[3], reason: try row[4], handovers: try row[5])
            }
        }
        if let row = try connection.query(GatewaySQL.refused(id, of: prisons)).first {
            return Found(disposition: "REJECTED", reason: try row[0], detail: try row[1])
        }
        return isOwn ? Found(disposition: "PENDING") : nil
    }
}
