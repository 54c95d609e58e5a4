import EventContracts
import FoundationEssentials
import HandoverRules
import Postgres

/// The ledger's rows as decision entries. Only reads; what could hold a person's data is read for its ids and codes and
/// goes no further.
struct DecisionReader {
    private let connection: PostgresConnection

    init(_ connection: PostgresConnection) { self.connection = connection }

    // MARK: Whose

    func subject(ofEvent id: UUID) throws -> String? {
        try connection.query("select subject from event where event_id = \(id)").first.map { try $0.text(0) }
    }

    func subject(ofStream id: UUID) throws -> String? {
        try connection.query(
            "select subject from message where stream_id = \(id) and task_code is null order by version desc limit 1"
        ).first.map { try $0.text(0) }
    }

    /// All numbers of a person: the one under which the person is kept, and those that went up in it.
    func people(_ noms: String) throws -> [String] {
        try connection.query(
            """
            with recursive up as (
                select noms, merged_into, 1 as step from person_state where noms = \(noms)
                union all
                select p.noms, p.merged_into, up.step + 1 from person_state p join up on p.noms = up.merged_into
                where up.step < 100),
            whole as (
                select noms, 1 as step from up where merged_into is null
                union
                select p.noms, whole.step + 1 from person_state p join whole on p.merged_into = whole.noms
                where whole.step < 100)
            select noms from whole union select \(noms)
            """
        ).map { try $0.text(0) }
    }

    // MARK: What was decided

    /// Everything that was decided about a person, by any of these numbers.
    func entries(of people: [String]) throws -> [DecisionEntry] {
        var entries = try events(people)
        let ids = entries.compactMap(\.event)
        var batches: [UUID: Int64] = [:], types: [UUID: String] = [:]
        for entry in entries {
            guard let id = entry.event else { continue }
            batches[id] = entry.order.batch
            types[id] = entry.rule
        }
        let quality = try dataQuality(ids)
        for index in entries.indices { entries[index].dataQuality = entries[index].event.flatMap { quality[$0] } ?? [] }
        entries += try messages(people, types).map { entry in
            var entry = entry
            entry.order.batch = entry.event.flatMap { batches[$0] } ?? 0
            return entry
        }
        entries += try outcomes(ids).map { entry in
            var entry = entry
            entry.order.batch = entry.event.flatMap { batches[$0] } ?? 0
            return entry
        }
        return entries
    }

    private func events(_ people: [String]) throws -> [DecisionEntry] {
        try connection.query(
            """
            select e.event_id, e.type, e.received_at, e.disposition, e.reason, e.batch,
                case when e.type in ('handover.acknowledged', 'engagement.recorded') then e.value end
            from event e where e.event_id in (
                select event_id from event where subject = any(\(people))
                union select event_id from event_concern where noms = any(\(people)))
            order by e.batch, e.received_at, e.occurred_at, e.event_id
            """
        ).enumerated().map { index, row in
            let received: PostgresTimestamp = try row[2]
            let type = try row.text(1)
            var entry = DecisionEntry(
                at: Instant(microseconds: received.microseconds), event: try row[0], rule: type,
                outcome: try row[3], reason: try row[4])
            entry.order = (try row[5], 0, Int64(index))
            entry.about = (try row[6] as [UInt8]?).flatMap { BodyFields($0).id("handoverId") }
            return entry
        }
    }

    private func dataQuality(_ ids: [UUID]) throws -> [UUID: [String]] {
        var codes: [UUID: [String]] = [:]
        for row in try connection.query(
            "select event_id, code from data_quality where event_id = any(\(ids)) order by opened_at, code")
        {
            codes[try row[0], default: []].append(try row.text(1))
        }
        return codes
    }

    /// Why a scope's handover was not sent; that one was is said by its version.
    private func outcomes(_ ids: [UUID]) throws -> [DecisionEntry] {
        try connection.query(
            """
            select at, caused_by, scope, state, reason, spell, seq from outcome_change
            where caused_by = any(\(ids)) and state not in ('SENT', 'STOOD_DOWN') order by seq
            """
        ).map { row in
            let at: PostgresTimestamp = try row[0]
            let scope = try row.text(2)
            var entry = DecisionEntry(
                at: Instant(microseconds: at.microseconds), event: try row[1], rule: "scope.\(scope)",
                outcome: try row[3], reason: try row[4])
            entry.scope = scope
            entry.spell = try row[5]
            entry.order = (0, 1, try row[6])
            return entry
        }
    }

    private func messages(_ people: [String], _ types: [UUID: String]) throws -> [DecisionEntry] {
        try connection.query(
            """
            select m.sent_at, m.caused_by, m.stream_id, m.version, m.kind, m.recipient_kind, m.recipient_id,
                m.priority, m.task_code, m.closes, m.held, m.decided_from, m.spell, m.seq, m.body
            from message m where m.caused_by in (
                select event_id from event where subject = any(\(people))
                union select event_id from event_concern where noms = any(\(people)))
            and m.subject = any(\(people)) order by m.seq
            """
        ).map { try message($0, types) }
    }

    private func message(_ row: PostgresRow, _ types: [UUID: String]) throws -> DecisionEntry {
        let at: PostgresTimestamp = try row[0]
        let body = BodyFields(try row.bytes(14))
        let cause: UUID = try row[1]
        let decidedFrom = (try row[11] as [UInt8]?).map(DecisionReader.ids) ?? []
        var entry = DecisionEntry(
            at: Instant(microseconds: at.microseconds), event: cause, rule: "", outcome: "",
            reason: body.text("reason") ?? "")
        if let code = try row[8] as String? {
            let closes: Bool = try row[9]
            entry.rule = "task.\(code)"
            entry.outcome = closes ? "CLOSED" : "OPENED"
            if closes { entry.reason = body.text("outcome") ?? entry.reason }
            entry.recipient = body.text("providerId") ?? body.text("prisonId")
            entry.about = body.id("handoverId")
        } else {
            let recipient = (try row[5] as String?).flatMap(RecipientKind.init(rawValue:))
            entry.rule = "handover.\(try row[5] as String? ?? "")"
            entry.outcome = try row[4]
            if entry.reason.isEmpty { entry.reason = decidedFrom.first.flatMap { types[$0] } ?? types[cause] ?? "" }
            entry.recipient = try row[6]
            entry.scope = recipient.map { Disclosure.scope(of: $0).rawValue }
        }
        entry.stream = try row[2]
        entry.version = Int(try row[3] as Int32)
        entry.priority = (try row[7] as Int16?).flatMap { Priority(rawValue: Int($0)) }
        entry.isHeld = try row[10]
        entry.decidedFrom = decidedFrom
        entry.spell = try row[12]
        entry.order = (0, 2, try row[13])
        return entry
    }

    private static func ids(_ bytes: [UInt8]) -> [UUID] {
        stride(from: 0, to: bytes.count - bytes.count % 16, by: 16).map { start in
            bytes[start..<start + 16].withUnsafeBytes { raw in
                UUID(uuid: raw.loadUnaligned(as: uuid_t.self))
            }
        }
    }

    // MARK: What was refused

    /// Records refused under an id, in the header or the value; a redrive of one may have been taken since.
    func rejected(event id: UUID) throws -> [DecisionEntry] {
        let texts = [id.uuidString.lowercased(), id.uuidString].map { Array($0.utf8) }
        return try connection.query(
            """
            select topic, partition, "offset", reason, first_seen, state from rejected
            where position(\(texts[0]) in headers) > 0 or position(\(texts[0]) in value) > 0
                or position(\(texts[1]) in headers) > 0 or position(\(texts[1]) in value) > 0
            order by first_seen
            """
        ).map { try rejected($0, id) }
    }

    func rejected(people: [String]) throws -> [DecisionEntry] {
        try connection.query(
            """
            select topic, partition, "offset", reason, first_seen, state from rejected
            where key = any(\(people.map { Array($0.utf8) })) order by first_seen
            """
        ).map { try rejected($0, nil) }
    }

    private func rejected(_ row: PostgresRow, _ event: UUID?) throws -> DecisionEntry {
        let seen: PostgresTimestamp = try row[4]
        let topic = try row.text(0), partition: Int32 = try row[1], offset: Int64 = try row[2]
        var entry = DecisionEntry(
            at: Instant(microseconds: seen.microseconds), event: event, rule: "\(topic)/\(partition)/\(offset)",
            outcome: "REJECTED", reason: try row[3])
        // Never part of a batch that decided: they stand at the end, by when they were first seen.
        entry.order = (Int64.max, 3, seen.microseconds)
        return entry
    }
}

/// Ids and codes out of a body; its other fields are not looked at.
struct BodyFields {
    private let root: JSONValue?

    init(_ bytes: [UInt8]) { root = bytes.isEmpty ? nil : try? JSONReader.read(bytes).root }

    func text(_ name: StaticString) -> String? { (root?[name] ?? root?["data"]?[name])?.string }

    func id(_ name: StaticString) -> UUID? { text(name).flatMap { UUID(uuidString: $0) } }
}
