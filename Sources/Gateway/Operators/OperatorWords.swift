import EventContracts
import HandoverRules

/// How times and codes read on operators' pages.
enum OperatorWords {
    /// London's clock to the minute: `2026-06-05 10:00`.
    static func time(_ instant: Instant) -> String {
        String(RFC3339.london(instant).prefix(16)).replacing("T", with: " ")
    }

    /// London's clock to the second: `2026-06-05 10:00:07`.
    static func second(_ instant: Instant) -> String {
        String(RFC3339.london(instant).prefix(19)).replacing("T", with: " ")
    }

    /// A phrase as a sentence begins: `route by hand` as `Route by hand`.
    static func sentence(_ phrase: String) -> String { phrase.prefix(1).uppercased() + phrase.dropFirst() }

    /// What a task asks, as a sentence; its code where a newer program raised it.
    static func task(_ code: String) -> String {
        let words = TaskWords.of(code)
        return words.isEmpty ? code : sentence(words)
    }

    /// `drug-service`, `DRUG_SERVICE` as `Drug service`.
    static func spoken(_ code: String) -> String {
        sentence(code.lowercased().replacing("-", with: " ").replacing("_", with: " "))
    }

    /// `3 h 05 min`, `2 days 4 h`; what lies ahead is `0 min`.
    static func age(_ span: Span) -> String {
        let minutes = max(0, span.microseconds / 60_000_000)
        if minutes < 60 { return "\(minutes) min" }
        if minutes < 48 * 60 { return "\(minutes / 60) h \(minutes % 60) min" }
        return "\(minutes / 1_440) days \(minutes % 1_440 / 60) h"
    }

    /// Against its clock: `due in 2 h 3 min`, `overdue by 40 min`.
    static func due(_ due: Instant, _ now: Instant) -> String {
        due < now ? "overdue by \(age(now - due))" : "due in \(age(due - now))"
    }

    /// The class of a priority's tag.
    static func tone(_ priority: Priority) -> String {
        switch priority {
        case .p1: "bad"
        case .p2: "warn"
        case .p3, .p4: "good"
        }
    }
}

/// A piece of a text in which backticks mark what is typed.
struct MarkedText: Sendable {
    let isCode: Bool
    let piece: String

    static func pieces(of text: String) -> [MarkedText] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().compactMap { index, piece in
            piece.isEmpty ? nil : MarkedText(isCode: index % 2 == 1, piece: String(piece))
        }
    }
}

/// Every code that a task may have: those that are decided, and the one about a record that was not taken.
enum TaskWords {
    static let codes = TaskCode.allCases.map(\.rawValue) + [RejectionTask.code]

    /// What a task of this code asks; "" for a code that there is not.
    static func of(_ code: String) -> String {
        if code == RejectionTask.code { return "an event was not taken: put right what it says and send it again" }
        return TaskCode(rawValue: code)?.words ?? ""
    }
}

/// One entry of a list to choose from.
struct PageChoice: Sendable {
    var value: String
    var label: String
    var isChosen = false
}

extension PageVisit {
    /// Who acts here, for the audit.
    var actor: String { "token:" + (bearer?.tokenID ?? "none") }

    /// A path of this server with a query; empty values are left out.
    static func path(_ path: String, _ query: [(String, String?)]) -> String {
        let parts = query.compactMap { name, value in value.map { "\(name)=\(LocalPath.encode($0))" } }
        return parts.isEmpty ? path : path + "?" + parts.joined(separator: "&")
    }

    /// `MICROSECONDS-ITEM`, as pages of lists write where they end.
    func cursor(_ name: String = "after") throws -> (at: Instant, item: String)? {
        guard let text = query(name) else { return nil }
        guard let dash = text.firstIndex(of: "-"), let at = Int64(text[..<dash]), at >= 0, text.utf8.count <= 400 else {
            throw Problem(.badRequest, "CURSOR", "this is no place in the list; begin at its first page")
        }
        return (Instant(microseconds: at), String(text[text.index(after: dash)...]))
    }
}
