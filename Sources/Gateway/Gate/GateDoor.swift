import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverPipeline
import HandoverRules
import Hummingbird
import Postgres

/// The gate page: an officer types the label of the kit that somebody takes with them, and that is all. It becomes
/// `thn.kit.collected` as by POST /v1/events. Where no record tells whose kit it is, the prison number is asked for.
struct GateDoor: Sendable {
    let doors: Doors

    /// Whose kit has a label, by the record.
    private struct Holder: Sendable {
        let person: NomsNumber
        let prison: String
        let isCollected: Bool
    }

    /// GET /gate
    func form(_ visit: PageVisit) async throws -> Response {
        guard case .prison(let prisons) = visit.viewer else { throw Problem.scope }
        var page = GatePage(prisons: prisons)
        if let kit = visit.query("kit"), let time = visit.query("at").flatMap({ Int64($0) }),
            let session = visit.session,
            FormGuard.isSealed(kit + " " + String(time), visit.query("seal"), session.secret)
        {
            page.done =
                "Kit \(kit) was recorded as collected, \(PageTime.text(HandoverRules.Instant(milliseconds: time)))."
        }
        return visit.show(page)
    }

    /// POST /gate
    func collect(_ visit: PageVisit, _ form: FormFields) async throws -> Response {
        guard case .prison(let prisons) = visit.viewer, let session = visit.session, let key = form["formKey"] else {
            throw Problem.scope
        }
        var page = GatePage(prisons: prisons)
        page.kit = form["kit"]
        page.noms = form["noms"]?.uppercased()
        page.asksPerson = form["noms"] != nil
        guard let kit = form["kit"].flatMap({ Label($0) }) else {
            return refuse(&page, visit, "kit", "Enter the label on the kit, such as MDI-26-000123")
        }
        let label = try await holder(of: kit, prisons)
        let person: NomsNumber
        let prison: String
        if let (_, holder) = label {
            guard !holder.isCollected else {
                return refuse(&page, visit, "kit", "This kit is recorded as collected already. Nothing more to do")
            }
            (person, prison) = (holder.person, holder.prison)
        } else {
            page.asksPerson = true
            guard let text = page.noms else {
                return refuse(
                    &page, visit, "noms",
                    "No kit with this label waits here by our records. Check the label, or enter the prison number too")
            }
            guard let noms = NomsNumber(text) else {
                return refuse(&page, visit, "noms", "Enter the prison number: a letter, four digits, two letters")
            }
            (person, prison) = (noms, prisons[0])
        }
        let id = AnswerBook.id(["gate", session.bearer.tokenID, key, kit.text, person.text])
        let at = try await doors.work.run {
            try AnswerBook.firstTime(id, about: nil, action: "KIT_COLLECTED", on: $0)
        }
        let seconds = HandoverRules.Instant(milliseconds: at.milliseconds / 1000 * 1000)
        _ = try await EventDoor(doors: doors).publish(
            record(id, label?.label ?? kit, person, prison, seconds), prisons: prisons, as: session.bearer)
        let shown = label?.label.text ?? kit.text
        let seal = FormGuard.seal("\(shown) \(seconds.milliseconds)", session.secret)
        return visit.go(to: "/gate?kit=\(shown)&at=\(seconds.milliseconds)&seal=\(seal)")
    }

    private func refuse(_ page: inout GatePage, _ visit: PageVisit, _ field: String, _ message: String) -> Response {
        page.problems = [FieldError(field: field, message: message)]
        if field == "kit" { page.wrongKit = message } else { page.wrongNoms = message }
        return visit.show(page, .badRequest)
    }

    /// The label as it was typed, or else in capitals.
    private func holder(of kit: Label, _ prisons: [String]) async throws -> (label: Label, holder: Holder)? {
        let texts = Set([kit.text, kit.text.uppercased()])
        return try await doors.work.run { connection in
            let rows = try connection.query(GateDoor.find(texts.sorted(), prisons))
            guard rows.count == 1, let row = rows.first, let person = NomsNumber(try row.text(1)),
                let label = Label(try row.text(0))
            else { return nil }
            return (label, Holder(person: person, prison: try row[2], isCollected: try row.text(3) == "COLLECTED"))
        }
    }

    /// By the index of labels that are held by one person only. Somebody else's prison is as good as unknown.
    private static func find(_ labels: [String], _ prisons: [String]) -> SQL {
        .named(
            "gate.kit",
            """
            select k.kit_id, p.noms, coalesce(e.release_prison_id, e.prison_id), k.state
            from kit k join recorded_person p on p.person_id = k.holder_person_id
                join episode e on e.episode_id = k.holder_episode_id
            where k.kit_id = any(\(labels)) and k.held and not k.disputed and k.state in ('PROPERTY', 'COLLECTED')
                and coalesce(e.release_prison_id, e.prison_id) = any(\(prisons))
            """)
    }

    private func record(
        _ id: UUID, _ kit: Label, _ person: NomsNumber, _ prison: String, _ at: HandoverRules.Instant
    ) -> InboundRecord {
        let time = RFC3339.utc(at)
        let data = """
            {"kitId":"\(kit.text)","collectedAt":"\(time)","witnessedByRole":"PRISON_OFFICER"}
            """
        return InboundRecord(
            topic: doors.topics.kitEvents, partition: 0, offset: 0, timestampMilliseconds: 0,
            key: Array(person.text.utf8), value: Array(data.utf8),
            headers: [
                RecordHeader("ce_specversion", "1.0"), RecordHeader("ce_id", id.uuidString.lowercased()),
                RecordHeader("ce_type", "throughgate.thn.kit.collected.v1"),
                RecordHeader("ce_source", "/prisons/\(prison)/gate"), RecordHeader("ce_subject", person.text),
                RecordHeader("ce_time", time), RecordHeader("ce_recordedtime", time),
                RecordHeader("content-type", "application/json"),
            ])
    }
}

struct GatePage: PageContent {
    static let template = PageTemplate.gate
    let title = "Kit at the gate"
    let prisons: String
    var kit: String?
    var noms: String?
    var asksPerson = false
    var done: String?
    var problems: [FieldError] = []
    var wrongKit: String?
    var wrongNoms: String?

    init(prisons: [String]) { self.prisons = prisons.joined(separator: ", ") }
}
