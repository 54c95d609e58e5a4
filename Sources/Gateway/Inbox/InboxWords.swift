/// What the codes of a handover mean, for somebody who has never seen one.
enum InboxWords {
    static let priorities = ["P1": "Urgent", "P2": "Soon", "P3": "Routine", "P4": "Planned"]

    /// How each of these is marked, beside its words.
    static func style(priority: Int?) -> String {
        switch priority {
        case 1: "bad"
        case 2: "warn"
        default: ""
        }
    }

    static let kinds = [
        "PLANNED": "Release planned", "RELEASED": "Released", "CORRECTION": "Corrected", "STOOD_DOWN": "Stopped",
    ]

    static let kit = [
        "YES": "Yes, left with a kit", "NO": "No. Treat the person as having no kit",
        "UNCONFIRMED": "Not confirmed. Treat the person as having no kit until you have seen it",
    ]

    static let trained = [
        "COMPLETE": "Yes, complete", "PARTIAL": "In part", "NONE": "No", "YES": "Yes", "NO": "No",
    ]

    static let elements = [
        "T1": "signs of an overdose", "T2": "calling 999", "T3": "breathing", "T4": "giving naloxone",
        "T5": "recovery position", "T6": "staying with the person", "T7": "storing and replacing the kit",
    ]

    static let refusals = [
        "POLICE_FEAR": "afraid of the police", "CLINICAL_ONLY": "thinks it is for clinicians",
        "ABSTINENT": "does not use any more", "LICENCE_TO_USE": "thinks it invites use",
        "NALTREXONE_MIXUP": "takes it for naltrexone", "WITHDRAWAL_FEAR": "afraid of withdrawal",
        "HIGH_MYTH": "thinks it gives a high", "NEEDLE_FEAR": "afraid of needles",
        "NOT_MY_PROBLEM": "sees no need", "NOT_USING": "is not using", "HAS_KIT": "has a kit already",
        "PRIVACY": "wants privacy", "NO_TIME": "had no time", "LANGUAGE": "language", "UNWELL": "was unwell",
        "BAD_EXPERIENCE": "a bad experience", "NOT_STATED": "no reason given", "OTHER": "another reason",
    ]

    static let risks = [
        "ON_OST": "Takes methadone or buprenorphine", "RECENT_DETOX": "Detoxed in the last four weeks",
        "RECENT_OVERDOSE": "Overdosed in the last year",
        "POSITIVE_TEST_UNTREATED": "Tested positive for opioids and was not treated",
        "UNPLANNED": "The release was not planned", "NFA": "No fixed address",
        "FRIDAY": "Released on a Friday", "WEEKEND": "Released at a weekend",
        "HOLIDAY": "Released on a public holiday", "EVE_OF_HOLIDAY": "Released on the eve of a public holiday",
    ]

    static let products = [
        "PRENOXAD_PFS": "Prenoxad (injection)", "NYXOID_NASAL_1_8MG": "Nyxoid (nose spray)", "OTHER": "another product",
    ]

    static let decisions = [
        "ACCEPTED": "Accepted", "REJECTED": "Not accepted", "NEEDS_INFO": "More information asked for",
    ]

    static let rejectReasons: [(code: String, words: String)] = [
        ("OUT_OF_AREA", "The person is not in our area"), ("NOT_KNOWN", "We cannot find out who this is"),
        ("WRONG_SERVICE", "We are not the right service"), ("DUPLICATE", "We have this person already by another way"),
        ("CAPACITY", "We have no capacity"), ("OTHER", "Another reason"),
    ]

    static let outcomes: [(code: String, words: String)] = [
        ("CONTACTED", "We spoke to the person"), ("ATTENDED", "The person came"),
        ("TREATMENT_STARTED", "Treatment has started"), ("DNA", "The person did not come"),
        ("UNCONTACTABLE", "We tried and could not reach the person"), ("DECLINED", "The person does not want our help"),
        ("MOVED", "The person has moved away"), ("RETURNED_TO_CUSTODY", "The person is back in prison"),
        ("DIED", "The person has died"),
    ]

    static let kitSeen: [(code: String, words: String)] = [
        ("YES", "Yes, the person has a kit"), ("NO", "No, the person has no kit"),
        ("FIRST_SUPPLY", "We supplied a first kit"), ("REPLACED", "We replaced the kit"),
    ]

    static let taskOutcomes: [(code: String, words: String)] = [
        ("DONE", "Done"), ("NOT_NEEDED", "Not needed"), ("PASSED_ON", "Passed on to somebody else"),
    ]

    static let sent = [
        "ACKNOWLEDGEMENT": "Your answer is being recorded", "ENGAGEMENT": "What you recorded is on its way",
        "RESOLUTION": "Being closed",
    ]

    static func words(_ pairs: [(code: String, words: String)], _ code: String?) -> String? {
        code.map { code in pairs.first { $0.code == code }?.words ?? code }
    }
}
