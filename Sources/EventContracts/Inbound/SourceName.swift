import HandoverRules

/// The CloudEvents source: `/prisons/MDI/nomis-feed`, `/providers/ID/…` or `/hub/…` (contract.md §5).
struct SourceName: Hashable {
    /// `nomis-feed` of a prison; `providers/ID/…` and `hub/…` keep their path, so that sequences of different
    /// providers never mix.
    var system: String
    /// The prison that the source may speak for.
    var prison: PrisonID?
    /// The provider whose source it is.
    var provider: ProviderID?

    static let hmpps = "hmpps-domain-events"
    static let timers = "hub/timers"
    /// What people decide at the hub, and what an import sets off.
    static let decisions = "hub/decisions"
    static let rule: FieldRule = .invalid("must be /prisons/PRISON/SYSTEM, /providers/ID/SYSTEM or /hub/PART")

    /// 1 to 160 bytes of `A-Z a-z 0-9 - . : _ ~`, in non-empty parts between slashes.
    init(_ text: [UInt8]) throws(FieldRule) {
        let slash = UInt8(ascii: "/")
        guard text.count <= 160, text.first == slash, text.last != slash, text.allSatisfy(SourceName.isAllowed),
            let second = text.dropFirst().firstIndex(of: slash), second > 1, text[second + 1] != slash
        else { throw SourceName.rule }
        let rest = text[(second + 1)...]
        let third = rest.firstIndex(of: slash)
        if let third, text[third...].elementsPair(slash) { throw SourceName.rule }
        let kind = text[1..<second]
        if kind.elementsEqual("prisons".utf8), let third, let prison = PrisonID(String(decoding: rest[..<third])) {
            self.prison = prison
            system = String(decoding: rest[(third + 1)...])
        } else if kind.elementsEqual("providers".utf8), let third,
            let provider = ProviderID(String(decoding: rest[..<third]))
        {
            self.provider = provider
            system = String(decoding: text[1...])
        } else if kind.elementsEqual("hub".utf8) {
            system = String(decoding: text[1...])
        } else {
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

extension ArraySlice<UInt8> {
    /// Whether `byte` stands twice in a row anywhere.
    fileprivate func elementsPair(_ byte: UInt8) -> Bool {
        indices.dropLast().contains { self[$0] == byte && self[$0 + 1] == byte }
    }
}

extension String {
    fileprivate init(decoding bytes: ArraySlice<UInt8>) { self = String(decoding: bytes, as: UTF8.self) }
}
