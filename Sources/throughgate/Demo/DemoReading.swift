import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverRules

/// What recipients see: every committed record of the outbound topics, as a read_committed reader.
struct DemoReading {
    /// One handover version as its recipient has it.
    struct Handover {
        var topic: String
        var id: String
        var version: Int
        var kind: String
        var priority: String
        var body: [String: Any]
    }

    /// One task message as whoever is asked has it.
    struct Task {
        var id: String
        var code: String
        var isClosed: Bool
        var body: [String: Any]
    }

    private(set) var handovers: [Handover] = []
    private(set) var tasks: [Task] = []
    private(set) var rejected: [String: Int] = [:]
    /// Type and rule of each dead letter, by reason.
    private(set) var rules: [String: [String]] = [:]
    /// Message ids seen more than once: must stay empty.
    private(set) var repeated: [String] = []
    private var seen: Set<String> = []

    mutating func take(_ record: KafkaRecord, _ topics: Topics) {
        if record.topic == topics.rejected {
            let reason = record.text("tg_reason")
            rejected[reason, default: 0] += 1
            rules[reason, default: []].append("\(record.text("ce_type")) \(record.text("tg_detail"))")
            return
        }
        let id = record.text("ce_id")
        if !seen.insert(id).inserted { repeated.append(id) }
        let body = (try? JSONSerialization.jsonObject(with: Data(record.value ?? []))) as? [String: Any] ?? [:]
        if record.topic == topics.hubTasks || record.topic.contains("prison.tasks.") {
            tasks.append(
                Task(
                    id: record.text("ce_subject"), code: body["code"] as? String ?? "?",
                    isClosed: body["state"] as? String == "CLOSED", body: body))
            return
        }
        handovers.append(
            Handover(
                topic: record.topic, id: record.text("ce_subject"), version: body["version"] as? Int ?? 0,
                kind: body["kind"] as? String ?? "?", priority: body["priority"] as? String ?? "", body: body))
    }

    /// Everything taken so far.
    var count: Int { handovers.count + tasks.count + rejected.values.reduce(0, +) }

    /// The last version of every handover.
    var latest: [String: Handover] {
        handovers.reduce(into: [:]) { latest, handover in
            if handover.version > latest[handover.id]?.version ?? 0 { latest[handover.id] = handover }
        }
    }

    /// Handovers whose versions do not rise by one in the order in which they were read.
    var torn: [String] {
        var last: [String: Int] = [:]
        return handovers.compactMap { handover in
            defer { last[handover.id] = handover.version }
            return handover.version == (last[handover.id] ?? 0) + 1 ? nil : handover.id
        }
    }
}

extension KafkaRecord {
    func text(_ header: String) -> String { self.header(header).map { String(decoding: $0, as: UTF8.self) } ?? "" }
}

extension DemoReading.Handover {
    /// Kind, priority and kind of recipient.
    var sort: String { "\(kind) \(priority) \(topic.split(separator: ".").dropFirst().first ?? "")" }

    /// The prison number that it names; stand-downs name nobody.
    var noms: String? { (body["person"] as? [String: Any])?["noms"] as? String }

    /// For people: what happened, to whom, what to do, and the key messages in words. Synthetic people only.
    var lines: [String] {
        let person = body["person"] as? [String: Any] ?? [:]
        let release = body["release"] as? [String: Any] ?? [:]
        let words = body["say"] as? [String: Any] ?? [:]
        let who = [person["name"] as? String, noms.map { "(\($0))" }].compactMap { $0 }
        let recipient = topic.split(separator: ".").dropFirst().joined(separator: " ")
        var lines = ["\(kind) \(priority)  v\(version)  to \(recipient)"]
        if !who.isEmpty {
            let when = (release["at"] ?? release["plannedOn"]) as? String ?? ""
            lines.append("  \(who.joined(separator: " ")), \(release["prison"] as? String ?? "")  \(when)")
        }
        if let reason = body["reason"] as? String { lines.append("  reason: \(reason)") }
        let thn = body["thn"] as? [String: Any] ?? [:]
        if let kit = thn["kitAtRelease"] as? String { lines.append("  kit at release: \(kit)") }
        if let due = body["ackDueAt"] as? String { lines.append("  answer due: \(due)") }
        for (heading, key) in [("do", "actions"), ("reinforce", "keyMessages")] {
            for code in body[key] as? [String] ?? [] {
                lines.append("  \(heading): \(words[code] as? String ?? code)")
            }
        }
        return lines
    }
}
