import EventContracts
import HandoverRules

/// The body of a handover as somebody reads it: in words, nothing left out, what is unknown as it came.
struct HandoverReading: Sendable {
    /// One line of a list of facts.
    struct Fact: Sendable {
        let name: String
        let value: String
    }

    /// One thing to say to the person.
    struct Message: Sendable {
        let code: String
        let wording: String
        /// The same in the person's language, and which that is (BCP 47).
        var otherWording: String?
        var otherLanguage: String?
    }

    private let members: [String: JSONValue]

    /// nil for an empty body (its time to be kept is over) and for what is no JSON object.
    init?(_ body: [UInt8]) {
        guard let root = try? JSONReader.read(body).root, case .object(let members) = root.content else { return nil }
        self.members = Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    var name: String? { object("person")["name"]?.string }
    var prison: String? { object("release")["prison"]?.string }

    /// `S. E.`: of somebody whose handover was stopped.
    var initials: String? {
        name.map { $0.split(separator: " ").prefix(4).compactMap { $0.first.map { "\($0)." } }.joined(separator: " ") }
    }

    /// Why it was stopped.
    var stopReason: String? {
        guard let code = members["reason"]?.string else { return nil }
        guard let words = Reason(rawValue: code)?.words else { return code }
        return HandoverReading.sentence(words.drop { $0 != ":" }.dropFirst(2))
    }

    /// What to do, in the words that it carries.
    var actions: [String] {
        codes("actions").map { code in say[code] ?? ActionCode(rawValue: code)?.wording ?? code }
    }

    var messages: [Message] {
        codes("keyMessages").map { code in
            var message = Message(code: code, wording: say[code] ?? code)
            if let other = say.first(where: { $0.key.hasPrefix(code + ".") }) {
                message.otherWording = other.value
                message.otherLanguage = String(other.key.dropFirst(code.count + 1))
            }
            return message
        }
    }

    var naloxone: [Fact] {
        let thn = object("thn")
        var facts: [Fact] = []
        add(&facts, "Left with a kit", thn["kitAtRelease"]?.string, InboxWords.kit)
        if case .bool(let isReady)? = thn["kitReady"]?.content {
            facts.append(Fact(name: "Kit ready for the release", value: isReady ? "Yes" : "No"))
        }
        add(&facts, "Trained", thn["trained"]?.string, InboxWords.trained)
        add(&facts, "Learned", list(thn["elements"]), InboxWords.elements)
        add(&facts, "Said no because", list(thn["refusal"]), InboxWords.refusals)
        if case .array(let kits)? = thn["kits"]?.content {
            for kit in kits { facts.append(Fact(name: "Kit", value: HandoverReading.kit(kit))) }
        }
        return facts
    }

    var risks: [String] { codes("risk").map { InboxWords.risks[$0] ?? $0 } }

    var person: [Fact] {
        let person = object("person")
        var facts: [Fact] = []
        add(&facts, "Name", person["name"]?.string)
        add(&facts, "Born", person["dob"]?.string.map(PageTime.text(field:)))
        add(&facts, "Prison number", person["noms"]?.string)
        let former = list(person["previousNoms"])
        add(&facts, "Earlier prison numbers", former.isEmpty ? nil : former.joined(separator: ", "))
        add(&facts, "Case reference (CRN)", person["crn"]?.string)
        add(&facts, "PNC number", person["pnc"]?.string)
        add(&facts, "NHS number", person["nhsNumber"]?.string)
        add(&facts, "Postcode", person["postcode"]?.string)
        if case .bool(true)? = person["nfa"]?.content {
            facts.append(Fact(name: "Address", value: "No fixed address"))
        }
        return facts
    }

    var release: [Fact] {
        let release = object("release")
        var facts: [Fact] = []
        add(&facts, "Released", release["at"]?.string.map(PageTime.text(field:)))
        add(&facts, "Release planned for", release["plannedOn"]?.string.map(PageTime.text(field:)))
        add(
            &facts, "Please note", release["status"]?.string,
            [
                "UNCONFIRMED": "The planned day has passed and the prison has not said that the person left",
                "STALE": "The planned day passed days ago and the prison has not said that the person left",
            ])
        add(&facts, "From prison", release["prison"]?.string)
        add(&facts, "Planned", release["class"]?.string, ["PLANNED": "Yes", "UNPLANNED": "No"])
        add(&facts, "Kind of release", release["reason"]?.string)
        add(
            &facts, "Supervision", release["supervision"]?.string,
            [
                "LICENCE": "On licence", "PSS": "Post-sentence supervision", "NONE": "None",
                "UNKNOWN": "Not known",
            ])
        add(&facts, "Office", release["officeCode"]?.string)
        return facts
    }

    /// What the reader may have to find out.
    var gaps: [String] {
        codes("dq").map {
            $0 == "RECORD_MISSING" ? "The person's record is missing: name and address are not known here" : $0
        }
    }

    var contactDue: String? { members["contactDueAt"]?.string.map(PageTime.text(field:)) }

    private var say: [String: String] { object("say").compactMapValues(\.string) }

    private func object(_ name: String) -> [String: JSONValue] {
        guard case .object(let members)? = members[name]?.content else { return [:] }
        return Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    private func codes(_ name: String) -> [String] { list(members[name]) }

    private func list(_ value: JSONValue?) -> [String] {
        guard case .array(let values)? = value?.content else { return [] }
        return values.compactMap(\.string)
    }

    private func add(_ facts: inout [Fact], _ name: String, _ value: String?, _ words: [String: String] = [:]) {
        if let value { facts.append(Fact(name: name, value: words[value] ?? value)) }
    }

    private func add(_ facts: inout [Fact], _ name: String, _ codes: [String], _ words: [String: String]) {
        guard !codes.isEmpty else { return }
        let text = codes.map { words[$0] ?? $0 }.joined(separator: ", ")
        facts.append(Fact(name: name, value: HandoverReading.sentence(text[...])))
    }

    private static func kit(_ kit: JSONValue) -> String {
        var parts: [String] = []
        if let product = kit["product"]?.string { parts.append(InboxWords.products[product] ?? product) }
        if case .int(let count)? = kit["quantity"]?.content { parts.append(count == 1 ? "1 kit" : "\(count) kits") }
        if let label = kit["kitId"]?.string { parts.append("label \(label)") }
        if let batch = kit["batchNo"]?.string { parts.append("batch \(batch)") }
        if let expiry = kit["expiryDate"]?.string { parts.append("good until \(PageTime.text(field: expiry))") }
        return parts.joined(separator: ", ")
    }

    private static func sentence(_ text: Substring) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
