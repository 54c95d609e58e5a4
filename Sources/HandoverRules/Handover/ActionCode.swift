/// What a recipient is asked to do (domain.md §7.3), in the order in which actions are listed, with our wording.
public enum ActionCode: String, Sendable, Hashable, CaseIterable {
    case supplyKit = "SUPPLY_KIT_24H"
    case offerNasal = "OFFER_NASAL"
    case completeTraining = "COMPLETE_TRAINING"
    case prescriberSameDay = "PRESCRIBER_SAME_DAY"
    case outreach = "OUTREACH"
    case bookAppointment = "BOOK_APPOINTMENT"
    case swapKit = "SWAP_KIT"
    case offerFamilyTraining = "OFFER_FAMILY_TRAINING"
    case askAboutKit = "ASK_ABOUT_KIT"
    case signpostDrugService = "SIGNPOST_DRUG_SERVICE"
    case alignFirstAppointment = "ALIGN_FIRST_APPOINTMENT"
    case reportLostKit = "REPORT_LOST_KIT"

    public var wording: String {
        switch self {
        case .supplyKit: "Supply a naloxone kit within 24 hours."
        case .offerNasal: "Offer the nasal product; needles were a worry."
        case .completeTraining: "Complete the overdose and naloxone training."
        case .prescriberSameDay: "See the prescriber on the same day; substitution treatment must not lapse."
        case .outreach: "Look for the person by outreach; there is no fixed address."
        case .bookAppointment: "Book a first appointment."
        case .swapKit: "Swap the kit; it expires within six months."
        case .offerFamilyTraining: "Offer training to the people the person lives with."
        case .askAboutKit: "Ask about the kit at first contact."
        case .signpostDrugService: "Signpost to the drug service for a kit."
        case .alignFirstAppointment: "Align the first appointment with the drug service's."
        case .reportLostKit: "Tell the drug service that the kit was lost or taken."
        }
    }
}
