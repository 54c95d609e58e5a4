import EventContracts
import FoundationEssentials
import HandoverPipeline
import HandoverRules
import Hummingbird

/// One handover, and what a worker answers to it by form. Each answer becomes the same event as by the API.
struct InboxForms: Sendable {
    let doors: Doors

    /// What is said after a form was taken, by the word in the address.
    private static let notices = [
        "accepted": "You accepted this person. It can take some seconds to show here.",
        "rejected": "You did not accept this person. Somebody will find another service.",
        "recorded": "Recorded. It can take some seconds to show here.",
    ]

    /// GET /inbox/{id}
    func show(_ visit: PageVisit) async throws -> Response {
        visit.show(try await page(visit, notice: visit.query("done").flatMap { InboxForms.notices[$0] }))
    }

    /// POST /inbox/{id}/acknowledgement
    func acknowledge(_ visit: PageVisit, _ form: FormFields) async throws -> Response {
        var errors: [FieldError] = []
        let decision = form["decision"]
        if decision.flatMap(AckDecision.init(rawValue:)) == nil {
            errors.append(FieldError(field: "decision", message: "Choose whether you accept this person"))
        }
        let reason = form["rejectReason"]
        if decision == "REJECTED", reason.flatMap(RejectReason.init(rawValue:)) == nil {
            errors.append(FieldError(field: "rejectReason", message: "Say why you cannot accept this person"))
        }
        guard let version = form["version"].flatMap({ Int64($0) }), version > 0 else { throw InboxForms.incomplete }
        guard errors.isEmpty, let decision else { return try await again(visit, form, errors) }
        try await send(.acknowledgement, visit, form) { writer in
            writer.name("version")
            writer.int(version)
            writer.name("decision")
            writer.string(decision)
            if decision == "REJECTED", let reason {
                writer.name("rejectReason")
                writer.string(reason)
            }
        }
        return visit.go(to: "/inbox/\(try visit.path())?done=\(decision == "ACCEPTED" ? "accepted" : "rejected")")
    }

    /// POST /inbox/{id}/engagement
    func engage(_ visit: PageVisit, _ form: FormFields) async throws -> Response {
        var errors: [FieldError] = []
        let outcome = form["outcome"]
        if outcome.flatMap(EngagementOutcome.init(rawValue:)) == nil {
            errors.append(FieldError(field: "outcome", message: "Choose what happened"))
        }
        let at = form["when"].flatMap(PageTime.instant(local:))
        if form["when"] != nil, at.map({ $0 > MachineClock.now() }) ?? true {
            errors.append(FieldError(field: "when", message: "Enter a day and a time that have passed"))
        }
        guard errors.isEmpty, let outcome else { return try await again(visit, form, errors) }
        let kit = form["kitSeen"]
        let messages = form.all("kmReinforced")
        try await send(.engagement, visit, form) { writer in
            writer.name("outcome")
            writer.string(outcome)
            if let at {
                writer.name("at")
                writer.string(RFC3339.london(at))
            }
            if let kit {
                writer.name("kitSeen")
                writer.string(kit)
            }
            writer.name("kmReinforced")
            writer.beginArray()
            for message in messages { writer.string(message) }
            writer.endArray()
        }
        return visit.go(to: "/inbox/\(try visit.path())?done=recorded")
    }

    private func page(_ visit: PageVisit, notice: String? = nil) async throws -> HandoverPage {
        guard case .recipient(let recipient) = visit.viewer, let bearer = visit.bearer else { throw Problem.scope }
        let id = try visit.id()
        return try await doors.work.run { connection in
            let found = try InboxReading.read(id, of: recipient, by: bearer, on: connection)
            return HandoverPage(found, notice: notice, now: try doors.now(on: connection))
        }
    }

    /// The page again, with what was entered and what is wrong with it.
    private func again(_ visit: PageVisit, _ form: FormFields, _ errors: [FieldError]) async throws -> Response {
        var page = try await page(visit)
        let names = ["decision", "rejectReason", "outcome", "kitSeen", "kmReinforced", "when"]
        page.offer(Dictionary(uniqueKeysWithValues: names.map { ($0, form.all($0)) }))
        page.refuse(errors)
        return visit.show(page, .badRequest)
    }

    private func send(
        _ kind: ReplyKind, _ visit: PageVisit, _ form: FormFields, _ write: (inout JSONWriter) -> Void
    ) async throws {
        guard case .recipient(let recipient) = visit.viewer, let bearer = visit.bearer else { throw Problem.scope }
        guard let key = form["formKey"] else { throw InboxForms.incomplete }
        let replies = ReplyDoor(doors: doors)
        let handover = try visit.id()
        try await replies.checkOwn(handover, of: recipient)
        var writer = JSONWriter()
        writer.beginObject()
        if kind == .acknowledgement {
            writer.name("workerRef")
            writer.string("INBOX/" + bearer.tokenID)
        }
        write(&writer)
        writer.endObject()
        let said = String(decoding: writer.bytes, as: UTF8.self)
        try await replies.send(
            kind, subject: handover, source: "/providers/\(recipient)/http",
            id: AnswerBook.id(["inbox", bearer.tokenID, key, kind.word, try visit.path(), said]), body: writer.bytes,
            as: bearer)
    }

    private static let incomplete = Problem(
        .badRequest, "FORM", "the form is not complete, so nothing was recorded; open the page and try again")
}

extension PageVisit {
    /// The UUID in the path, as paths have it.
    func path() throws -> String { try id().uuidString.lowercased() }
}
