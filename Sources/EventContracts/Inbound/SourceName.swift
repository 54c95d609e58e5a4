import HandoverRules

/// The CloudEvents source: `/prisons/MDI/nomis-feed`, `/providers/ID/…` or `/hub/…` (contract.md §5).
struct SourceName: Hashable {
    /// `nomis-feed` of a prison; `providers/ID/…` and `hub/…` keep their path, so that sequences of different
    /// providers never mix.
    var system: String
    /// The prison that the source may speak for.
    var prison: PrisonID?

    static let hmpps = "hmpps-domain-events"
    static let timers = "hub/timers"
    static let rule: FieldRule = .invalid("must be /prisons/PRISON/SYSTEM, /providers/ID/SYSTEM or /hub/PART")

    init(_ text: String) throws(FieldRule) {
        guard text.utf8.count <= 160, text.utf8.allSatisfy(SourceName.isAllowed) else { throw SourceName.rule }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0].isEmpty, !parts[1...].contains(where: \.isEmpty) else {
            throw SourceName.rule
        }
        switch parts[1] {
        case "prisons":
            guard parts.count >= 4, let prison = PrisonID(String(parts[2])) else { throw SourceName.rule }
            self.prison = prison
            system = parts[3...].joined(separator: "/")
        case "providers":
            guard Label(String(parts[2])) != nil else { throw SourceName.rule }
            system = String(text.dropFirst())
        case "hub":
            system = String(text.dropFirst())
        default:
            throw SourceName.rule
        }
    }

    /// The source of an event that is written out again.
    static func text(of event: Event) -> String {
        if let prison = event.sourcePrison { return "/prisons/\(prison.text)/\(event.system)" }
        let hasPath = event.system.hasPrefix("providers/") || event.system.hasPrefix("hub/")
        return hasPath ? "/" + event.system : "/hub/" + event.system
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "-")...UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
