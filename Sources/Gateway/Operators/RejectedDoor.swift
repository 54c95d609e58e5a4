import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Hummingbird
import Operations

/// `/rejected`: what was not taken, and what operators do about it. Whoever looks sees metadata; an operator sends
/// records again or is done with them in two steps, and sees content only for a reason that the audit keeps.
struct RejectedDoor: Sendable {
    let pages: PageDoor

    var routes: [Routes.Route] {
        [
            pages.get("/rejected", for: .counts, RejectedDoor.list),
            pages.get("/rejected/record", for: .ops) { visit in
                try await RejectedDoor.record(visit, try RejectedDoor.place(visit.query("place")))
            },
            pages.post("/rejected/body", for: .operators, RejectedDoor.body),
            pages.post("/rejected/redrive", for: .operators, RejectedDoor.redrive),
            pages.post("/rejected/discard", for: .operators, RejectedDoor.discard),
        ]
    }

    @Sendable private static func list(_ visit: PageVisit) async throws -> Response {
        let groups = try await visit.doors.work.run { try DeadLetters.groups(on: $0) }
        guard visit.viewer.isOps else { return visit.show(RejectedPage(groups, visit, nil)) }
        var filter = DeadLetterFilter(
            reason: visit.query("reason"), topic: visit.query("topic"), isKnown: visit.query("known") != nil)
        if let state = visit.query("state") { filter.state = DeadLetterFilter.State(rawValue: state) }
        let after = try visit.query("after").map { try place($0) }
        let records = try await visit.doors.work.run { [filter] connection in
            let last = try after.flatMap { try DeadLetters.find($0, on: connection) }
            return try DeadLetters.list(
                filter, on: connection, after: last, limit: GatewayLimits.operatorPageMax + 1)
        }
        return visit.show(RejectedPage(groups, visit, (filter, records)))
    }

    static func place(_ text: String?) throws -> SourcePosition {
        guard let place = text.flatMap({ SourcePosition($0) }) else { throw Problem.notFound }
        return place
    }

    static func record(
        _ visit: PageVisit, _ place: SourcePosition, problems: [FieldError] = [], content: RejectedContent? = nil
    ) async throws -> Response {
        guard let record = try await visit.doors.work.run({ try DeadLetters.find(place, on: $0) }) else {
            throw Problem.notFound
        }
        return visit.show(
            RejectedRecordPage(record, visit, problems: problems, content: content),
            problems.isEmpty ? .ok : .badRequest)
    }

    @Sendable private static func body(_ visit: PageVisit, _ form: FormFields) async throws -> Response {
        let place = try place(form["place"]), actor = visit.actor
        guard let because = because(form) else {
            return try await record(visit, place, problems: [unexplained("because-body")])
        }
        let found = try await visit.doors.work.run {
            try DeadLetters.body(of: place, by: actor, because: because, on: $0)
        }
        guard let found else { throw Problem.notFound }
        return try await record(visit, place, content: RejectedContent(key: found.key, value: found.value))
    }

    @Sendable private static func discard(_ visit: PageVisit, _ form: FormFields) async throws -> Response {
        let place = try place(form["place"]), actor = visit.actor
        guard let because = because(form) else {
            return try await record(visit, place, problems: [unexplained("because-discard")])
        }
        guard form["step"] == "do" else {
            return visit.show(DiscardPage(place: place.description, because: because))
        }
        let isDone = try await visit.doors.work.run {
            try DeadLetters.discard(place, by: actor, because: because, on: $0)
        }
        guard isDone else {
            throw Problem(.conflict, "SETTLED", "this record is not open any more; nothing was changed")
        }
        return visit.go(to: "/rejected?discarded=1")
    }

    /// First the plan, then, by a second form, the deed: what is not as it was planned any more is left alone.
    @Sendable private static func redrive(_ visit: PageVisit, _ form: FormFields) async throws -> Response {
        let place = try form["place"].map { try Self.place($0) }, actor = visit.actor
        let filter = DeadLetterFilter(reason: form["reason"], topic: form["topic"], isKnown: form["known"] != nil)
        guard place != nil || filter != DeadLetterFilter() else { throw Problem.notFound }
        let plan = try await visit.doors.work.run { connection in
            guard let place else {
                return try Redrive(filter, limit: GatewayLimits.redriveRecordsMax, on: connection)
            }
            return try Redrive([place], on: connection)
        }
        guard plan.unknown.isEmpty else { throw Problem.notFound }
        guard let because = because(form) else {
            if let place { return try await record(visit, place, problems: [unexplained("because-redrive")]) }
            return visit.show(RedrivePage(plan, form, because: nil, problems: []))
        }
        guard form["step"] == "do" else {
            return visit.show(RedrivePage(plan, form, because: because, problems: []))
        }
        let producer = visit.doors.keeping.producer
        let sent = try await visit.doors.work.run { connection in
            try plan.run(
                by: actor, because: because, perSecond: GatewayLimits.redrivesPerSecond, through: producer,
                on: connection, rest: { Thread.sleep(forTimeInterval: $0 / .seconds(1)) })
        }
        return visit.go(to: "/rejected?sent=\(sent.count)")
    }

    private static func because(_ form: FormFields) -> String? {
        form["because"].flatMap { (1...DeadLetters.reasonMax).contains($0.count) ? $0 : nil }
    }

    private static func unexplained(_ field: String) -> FieldError {
        FieldError(field: field, message: "Say why, in at most \(DeadLetters.reasonMax) letters, naming no person")
    }
}

/// Content of a rejected record as text.
struct RejectedContent: Sendable {
    let keyText: String
    let valueText: String

    init(key: [UInt8]?, value: [UInt8]?) {
        keyText = RejectedContent.text(key)
        valueText = RejectedContent.text(value)
    }

    /// What is no UTF-8 is shown in base 64.
    private static func text(_ bytes: [UInt8]?) -> String {
        guard let bytes else { return "null" }
        return String(validating: bytes, as: UTF8.self) ?? "base 64: " + Data(bytes).base64EncodedString()
    }
}
