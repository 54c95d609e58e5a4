/// What kind of leaving a `release.actual` was (domain.md §5). Classes are reference data; only COMMUNITY_RELEASE
/// leads to handovers.
enum Leaving: Equatable {
    case community
    /// The spell ends, nobody in the community is to expect the person.
    case ends(EndingReason)
    /// The person comes back: court, transfer, temporary absence, escort.
    case stays(Custody)

    enum Ending: Equatable { case died, elsewhere }

    /// Also tells what was odd about the reasons given.
    static func read(_ release: ReleaseActual, _ registers: Registers) -> (leaving: Leaving, oddity: String?) {
        let byReason = release.releaseReason.map(of(reason:)) ?? .community
        var leaving = byReason
        var oddity: String?
        if let code = release.movementReason {
            if let known = registers.movementReason(code, .out) {
                leaving = of(movementClass: known.movementClass)
                if leaving != byReason { oddity = "RELEASE_REASON_OVERRIDDEN" }
            } else {
                oddity = "MOVEMENT_REASON_UNKNOWN"
            }
        }
        if leaving == .community, let hmpps = release.hmppsReason, hmpps != .released {
            return (of(hmpps: hmpps), oddity)
        }
        return (leaving, oddity)
    }

    private static func of(movementClass: String) -> Leaving {
        switch movementClass {
        case "COMMUNITY_RELEASE": .community
        case "DIED": .ends(.died)
        case "REMOVAL_OR_IRC": .ends(.removalOrIRC)
        case "SECURE_HOSPITAL": .ends(.secureHospital)
        case "ABSCOND": .ends(.abscond)
        case "TRANSFER": .stays(.inTransit)
        case "COURT": .stays(.atCourt)
        default: .stays(.temporaryAbsence)
        }
    }

    static func of(reason: ReleaseReason) -> Leaving {
        switch reason {
        case .died: .ends(.died)
        case .removalOrIRC: .ends(.removalOrIRC)
        case .secureHospital: .ends(.secureHospital)
        case .abscond: .ends(.abscond)
        case .transfer: .stays(.inTransit)
        case .courtOut: .stays(.atCourt)
        case .rotl: .stays(.temporaryAbsence)
        default: .community
        }
    }

    private static func of(hmpps: HmppsReleaseReason) -> Leaving {
        switch hmpps {
        case .released: .community
        case .toHospital: .stays(.hospitalEscort)
        case .toCourt: .stays(.atCourt)
        case .transferred: .stays(.inTransit)
        case .temporaryAbsence, .unknown: .stays(.temporaryAbsence)
        }
    }
}

extension Registers {
    /// The movement reason by code, in this direction or in both.
    func movementReason(_ code: MovementReasonCode, _ direction: MovementDirection) -> MovementReason? {
        movementReasons[MovementReasonKey(code.text, direction)] ?? movementReasons[MovementReasonKey(code.text, .both)]
    }

    /// Whether a reception brings somebody back on recall: by its code's class, or by its legal status.
    func isRecall(_ reception: CustodyReceived) -> Bool {
        if reception.legalStatus == .recall { return true }
        guard let code = reception.movementReason else { return false }
        return movementReason(code, .into)?.movementClass == "RECALL"
    }
}
