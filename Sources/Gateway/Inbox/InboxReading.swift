import FoundationEssentials
import HandoverPipeline
import HandoverRules
import Postgres

/// One thread of a recipient as the ledger has it.
struct InboxReading: Sendable {
    let id: UUID
    let version: Int
    let kind: String
    let priority: Int?
    let due: HandoverRules.Instant?
    let isAcknowledged: Bool
    let isClosed: Bool
    /// Its newest version; nil where the body's time to be kept is over.
    let reading: HandoverReading?
    /// The newest version that says who it is about.
    let before: HandoverReading?
    let history: [HandoverPage.Event]

    /// Reads it and notes that it was read.
    /// - Throws: the 404 of what is not this recipient's.
    static func read(
        _ id: UUID, of recipient: String, by bearer: Bearer, on connection: PostgresConnection
    ) throws -> InboxReading {
        let versions = try connection.query(InboxSQL.versions(id, of: recipient))
        guard let newest = versions.first else { throw Problem.notFound }
        let position: Int64 = try newest[0]
        // Written before anything is shown: what cannot be noted is not shown.
        try connection.execute(
            GatewaySQL.audit(token: bearer.tokenID, action: "INBOX_READ", first: position, last: position, items: 1))
        let version: Int32 = try newest[1]
        let priority = try newest[3] as Int16?
        let record = try connection.query(InboxSQL.standing(id)).first
        var isAcknowledged = false
        var isClosed = false
        if let record {
            // A version that the record does not show yet may ask for a fresh answer.
            let shown: Int32 = try record[0]
            let isBehind = shown < version && priority == 1
            isAcknowledged = try !record.isNull(2) && !isBehind
            isClosed = try record.text(1) == "CLOSED"
        }
        return InboxReading(
            id: id, version: Int(version), kind: try newest[2], priority: priority.map { Int($0) },
            due: try (newest[5] as PostgresTimestamp?)?.instant, isAcknowledged: isAcknowledged, isClosed: isClosed,
            reading: HandoverReading(try newest.bytes(6)),
            before: try versions.first { try $0.text(2) != "STOOD_DOWN" }.flatMap {
                HandoverReading(try $0.bytes(6))
            },
            history: try history(id, versions, connection))
    }

    private static func history(
        _ id: UUID, _ versions: PostgresRows, _ connection: PostgresConnection
    ) throws -> [HandoverPage.Event] {
        var events: [(HandoverRules.Instant, String)] = []
        for row in versions {
            let kind: String = try row[2]
            let version: Int32 = try row[1]
            let words = "Version \(version) came: \(InboxWords.kinds[kind] ?? kind)"
            events.append(((try row[4] as PostgresTimestamp).instant, words))
        }
        for row in try connection.query(InboxSQL.answers(id)) {
            events.append(((try row[0] as PostgresTimestamp).instant, try words(row)))
        }
        return events.sorted { $0.0 > $1.0 }.map { HandoverPage.Event(at: PageTime.text($0.0), what: $0.1) }
    }

    private static func words(_ row: PostgresRow) throws -> String {
        let what: String = try row[2]
        let more: String? = try row[3]
        switch try row.text(1) {
        case "ACK":
            let reason = InboxWords.words(InboxWords.rejectReasons, more).map { ": \($0)" } ?? ""
            return (InboxWords.decisions[what] ?? what) + reason
        case "ENGAGEMENT":
            var text = InboxWords.words(InboxWords.outcomes, what) ?? what
            if let kit = InboxWords.words(InboxWords.kitSeen, more) { text += ". Kit: \(kit)" }
            let messages: [String] = try row[5]
            if !messages.isEmpty { text += ". Key messages: \(messages.joined(separator: ", "))" }
            return text
        default: return InboxWords.sent[what] ?? what
        }
    }
}
