import EventContracts

/// What a rejection's code means, for whoever reads it at night, and what ends it.
enum RejectionWords {
    /// nil for a code of a newer program.
    static func meaning(_ code: String) -> String? { RejectionReason(rawValue: code).map(meaning) }

    static func remedy(_ code: String) -> String? { RejectionReason(rawValue: code).map(remedy) }

    private static func meaning(_ reason: RejectionReason) -> String {
        switch reason {
        case .malformed: "Not readable as an event"
        case .unknownType: "An event type that the hub does not know"
        case .unknownVersion: "A version of its type that the hub does not know"
        case .unknownCode: "A code that is not in the reference data"
        case .fieldInvalid: "A field is missing or breaks its rule"
        case .timeNaive: "A time without its offset from UTC"
        case .futureDated: "Dated in the future: a sender's clock is wrong"
        case .idConflict: "The same event id with other content"
        case .notEntitled: "Its source may not speak for that prison"
        case .tooLarge: "Larger than 1 MiB"
        case .constraint: "The ledger refused it"
        case .poison: "It ended the hub's process three times"
        }
    }

    private static func remedy(_ reason: RejectionReason) -> String {
        switch reason {
        case .malformed, .fieldInvalid, .timeNaive, .tooLarge:
            "Have its sender publish it correctly under a new id, then discard this one."
        case .unknownType, .unknownVersion:
            "Is the hub older than its sender? Update it and send the record again; else its sender corrects it."
        case .unknownCode: "Import the missing reference data and send the record again, or have its sender correct it."
        case .futureDated: "Have the sender's clock set; send the record again once its time has come."
        case .idConflict: "The first one stands. Have its sender publish a correction, then discard this one."
        case .notEntitled: "Have its sender use the source of its own prison, then discard this one."
        case .constraint:
            "Send it again after the hub was updated or the data mended; ask the developers if it returns."
        case .poison: "Keep it. Give its place to the developers; send it again once a new version is running."
        }
    }
}
