/// Whom a key message is for (domain.md §9).
public struct Audience: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// P: the person.
    public static let person = Audience(rawValue: 1)
    /// D: a drug service.
    public static let drugService = Audience(rawValue: 2)
    /// C: a CRC, probation, or youth justice.
    public static let supervision = Audience(rawValue: 4)
    /// S: prison staff.
    public static let prisonStaff = Audience(rawValue: 8)
    /// G: a governor.
    public static let governor = Audience(rawValue: 16)

    private static let all: [(audience: Audience, letter: Character)] = [
        (.person, "P"), (.drugService, "D"), (.supervision, "C"), (.prisonStaff, "S"), (.governor, "G"),
    ]

    /// The table's letters, `PDC`.
    public var letters: String { String(Audience.all.filter { contains($0.audience) }.map(\.letter)) }

    /// Reads the table's letters in any order; nil where one of them is none.
    public init?(letters: String) {
        self = []
        for letter in letters {
            guard let found = Audience.all.first(where: { $0.letter == letter }) else { return nil }
            insert(found.audience)
        }
    }
}

/// What calls for a key message. One that rests on a refusal is never given to supervisors: it would tell the reason.
public struct KeyMessageTriggers: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    private init(bit: UInt32) { rawValue = 1 << bit }

    public static let eligible = KeyMessageTriggers(bit: 0)
    public static let trained = KeyMessageTriggers(bit: 1)
    public static let trainedInPart = KeyMessageTriggers(bit: 2)
    public static let kitHeld = KeyMessageTriggers(bit: 3)
    /// No kit, lost, used, or less than six months left.
    public static let kitWanting = KeyMessageTriggers(bit: 4)
    public static let onOst = KeyMessageTriggers(bit: 5)
    public static let mixedUse = KeyMessageTriggers(bit: 6)
    public static let recoveryWing = KeyMessageTriggers(bit: 7)
    public static let productKnown = KeyMessageTriggers(bit: 8)
    /// Released from 2023 on (``Rulebook/strongerOpioidsFrom``).
    public static let strongOpioids = KeyMessageTriggers(bit: 9)
    public static let consentGiven = KeyMessageTriggers(bit: 10)
    public static let familyAddress = KeyMessageTriggers(bit: 11)
    public static let induction = KeyMessageTriggers(bit: 12)
    public static let belowTarget = KeyMessageTriggers(bit: 13)
    // Refusal reasons (domain.md §4).
    public static let policeFear = KeyMessageTriggers(bit: 16)
    public static let withdrawalFear = KeyMessageTriggers(bit: 17)
    /// NEEDLE_FEAR where the recipient stocks the nasal product.
    public static let needleFear = KeyMessageTriggers(bit: 18)
    public static let abstinent = KeyMessageTriggers(bit: 19)
    public static let naltrexoneMixUp = KeyMessageTriggers(bit: 20)
    public static let highMyth = KeyMessageTriggers(bit: 21)
    public static let clinicalOnly = KeyMessageTriggers(bit: 22)
    public static let licenceToUse = KeyMessageTriggers(bit: 23)

    private static let all: [(trigger: KeyMessageTriggers, code: String)] = [
        (.eligible, "eligible"), (.trained, "trained"), (.trainedInPart, "trained-partial"),
        (.kitHeld, "kit-held"), (.kitWanting, "kit-wanting"), (.onOst, "on-ost"), (.mixedUse, "mixed-use"),
        (.recoveryWing, "recovery-wing"), (.productKnown, "product-known"), (.strongOpioids, "release-from-2023"),
        (.consentGiven, "consent-given"), (.familyAddress, "address-family"), (.induction, "induction"),
        (.belowTarget, "scorecard-below-target"), (.policeFear, "POLICE_FEAR"),
        (.withdrawalFear, "WITHDRAWAL_FEAR"), (.needleFear, "NEEDLE_FEAR"), (.abstinent, "ABSTINENT"),
        (.naltrexoneMixUp, "NALTREXONE_MIXUP"), (.highMyth, "HIGH_MYTH"), (.clinicalOnly, "CLINICAL_ONLY"),
        (.licenceToUse, "LICENCE_TO_USE"),
    ]

    /// The names under which triggers are listed for review, in bit order.
    public var codes: [String] { KeyMessageTriggers.all.filter { contains($0.trigger) }.map(\.code) }

    /// All names that there are.
    public static var allCodes: [String] { all.map(\.code) }

    /// The trigger of this name; nil where there is none.
    public init?(code: some StringProtocol) {
        guard let found = KeyMessageTriggers.all.first(where: { $0.code == code }) else { return nil }
        self = found.trigger
    }

    /// All that come from a refusal.
    public static let refusals: KeyMessageTriggers = [
        .policeFear, .withdrawalFear, .needleFear, .abstinent, .naltrexoneMixUp, .highMyth, .clinicalOnly,
        .licenceToUse,
    ]
}
