/// One key message. The wording is ours, a draft that needs clinical and HMPPS sign-off before live use.
public struct KeyMessage: Sendable, Hashable {
    /// Words for some readers, beside the English ones for everybody.
    public struct Variant: Sendable, Hashable {
        public var language: WordingLanguage
        /// Only where this product is the one that is held; nil: whatever it is.
        public var product: KitProduct?
        public var wording: String
        public init(_ language: WordingLanguage, _ product: KitProduct?, _ wording: String) {
            self.language = language
            self.product = product
            self.wording = wording
        }
    }

    public var id: String
    public var audience: Audience
    /// Any of these calls for it.
    public var triggers: KeyMessageTriggers
    /// English, whatever the product.
    public var wording: String
    public var variants: [Variant]

    public init(
        _ id: String, _ audience: Audience, _ triggers: KeyMessageTriggers, _ wording: String,
        variants: [Variant] = []
    ) {
        self.id = id
        self.audience = audience
        self.triggers = triggers
        self.wording = wording
        self.variants = variants
    }

    /// The words in a language: those for the product where there are such, otherwise those for any; nil where there
    /// are none, which never happens in English.
    public func wording(in language: WordingLanguage, for product: KitProduct?) -> String? {
        if variants.isEmpty { return language == .english ? wording : nil }
        let spoken = variants.filter { $0.language == language }
        if let product, let own = spoken.first(where: { $0.product == product }) { return own.wording }
        return spoken.first { $0.product == nil }?.wording ?? (language == .english ? wording : nil)
    }
}

/// What is told and asked, as data: the key messages of domain.md §9 in table order, and the words of the actions of
/// §7.3. What is built in is in force unless a deployment imports its own (`throughgate import key-messages`,
/// `import actions`).
public struct KeyMessageCatalogue: Sendable {
    /// Changes with every change of a wording, an audience or a trigger; goes out in `say.catalogue`.
    public var version: String
    public var messages: [KeyMessage]
    /// The words of actions where they are not the built-in English ones (``ActionCode/wording``).
    public var actions: [ActionCode: [WordingLanguage: String]]
    public init(
        version: String, messages: [KeyMessage], actions: [ActionCode: [WordingLanguage: String]] = [:]
    ) {
        self.version = version
        self.messages = messages
        self.actions = actions
    }

    /// What this program holds itself; ``builtInMessages`` in table order.
    public static let builtIn = KeyMessageCatalogue(version: "1", messages: builtInMessages)

    private static let pd: Audience = [.person, .drugService]
    private static let pdc: Audience = [.person, .drugService, .supervision]
    private static let pds: Audience = [.person, .drugService, .prisonStaff]

    private static let builtInMessages: [KeyMessage] = [
        KeyMessage(
            "KM-02", pdc, [.eligible], "Your tolerance is lower now. A dose you once handled could kill you."),
        KeyMessage(
            "KM-03", pdc, [.eligible],
            "The first two weeks out are the riskiest. Keep the kit close and tell someone where it is."),
        KeyMessage(
            "KM-04", pd, [.trained, .eligible],
            "Ring 999 first. Naloxone buys time; it does not replace the ambulance."),
        KeyMessage(
            "KM-01", pdc, [.kitHeld, .policeFear],
            "The kit is a lawful medicine. Having it does not prove you are using."),
        KeyMessage("KM-12", pdc, [.kitWanting], "No kit, or used, lost or out of date? Ask us for one, free."),
        KeyMessage(
            "KM-18", pd, [.onOst], "Missed doses? Do not restart at your old dose. See the prescriber first."),
        KeyMessage(
            "KM-16", pd, [.mixedUse],
            "Naloxone only lifts opioids. Alcohol, pills and pregabalin still slow breathing."),
        KeyMessage("KM-05", pd, [.trained], "It wears off. Stay, watch, and be ready to give more."),
        KeyMessage(
            "KM-07", pd, [.withdrawalFear],
            "Waking can feel rough for a short while. That is better than not breathing. Do not top up."),
        KeyMessage("KM-09", pd, [.needleFear], "There is a nose-spray version with no needle."),
        KeyMessage(
            "KM-10", pds, [.abstinent, .recoveryWing],
            "A kit fits with recovery, like a fire extinguisher. You may save a friend."),
        KeyMessage(
            "KM-08", pd, [.naltrexoneMixUp],
            "Naloxone is the short rescue medicine. Naltrexone is a different drug."),
        KeyMessage("KM-06", pds, [.highMyth], "It gives no high and does nothing if no opioid is there."),
        KeyMessage("KM-11", pds, [.clinicalOnly], "Anyone may give naloxone to save a life."),
        KeyMessage(
            "KM-13", pd, [.productKnown],
            "Prenoxad: one marked dose, CPR, next dose. / Nyxoid: one nostril, then the other after 2-3 minutes.",
            variants: [
                .init(.english, .prenoxad, "Prenoxad: one marked dose, CPR, next dose."),
                .init(.english, .nyxoid, "Nyxoid: one nostril, then the other after 2-3 minutes."),
            ]),
        KeyMessage(
            "KM-14", .person, [.trainedInPart],
            "Not breathing: breaths or CPR. Breathing: on their side."),
        KeyMessage(
            "KM-15", pd, [.strongOpioids],
            "Street opioids may be far stronger than expected. One kit may not be enough."),
        KeyMessage(
            "KM-17", .person, [.eligible],
            "Try not to use alone. If someone is with you, they can use the kit."),
        KeyMessage(
            "KM-19", .supervision, [.consentGiven],
            "Ask at first contact: do you have your kit, where is it? Do not take it away."),
        KeyMessage(
            "KM-20", [.prisonStaff, .supervision], [.licenceToUse, .induction],
            "Studies have not shown that kits increase drug use. Treat it as first aid."),
        KeyMessage(
            "KM-21", [.governor, .prisonStaff], [.belowTarget],
            "Release with a kit is everyone's job: reception, wing, healthcare, gate."),
        KeyMessage("KM-22", pd, [.familyAddress], "Offer the people you live with training too."),
    ]
}
