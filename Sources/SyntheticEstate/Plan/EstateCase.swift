/// What a simulated person's story shows. A person shows several; the first people of an estate are each made to show
/// one of them plainly, so that a stream of the default size shows all.
public enum EstateCase: String, CaseIterable, Sendable, Hashable, Comparable {
    // The kit (domain.md §8).
    case kitAtGate = "kit handed over at the gate"
    case kitCollected = "kit in property, collected at release"
    case kitLeftInProperty = "kit in property, nobody saw it collected"
    case noKit = "eligible, no kit"
    case kitExpired = "kit out of date on the day of release"
    case kitLost = "kit lost before release"
    case kitReturned = "kit handed back before release"
    case kitReportedLate = "kit event arrives hours after the release"
    // What may be said (domain.md §6).
    case consentRefused = "consent refused"
    case consentNotAsked = "consent never asked for"
    case supervisionOnly = "consent to tell supervision only"
    case supervisionWithheld = "consent to tell the drug service only"
    case consentWithdrawn = "consent withdrawn between plan and release"
    case notEligible = "assessed, not eligible"
    case notAssessed = "never assessed"
    // Where to (domain.md §10).
    case noFixedAbodeLocalConnection = "no fixed abode, local connection known"
    case noFixedAbodeLastHome = "no fixed abode, last home known"
    case noFixedAbodeNothingKnown = "no fixed abode, nothing known"
    case areaWithoutProvider = "area that no drug service covers"
    case prisonNotOnboarded = "prison that does not take part yet"
    case noPersonRecord = "no person record in the register"
    // How they leave (domain.md §12).
    case plannedRelease = "release as planned"
    case dateMoved = "planned for a Friday, moved to the Thursday"
    case planCancelled = "planned, then cancelled"
    case releaseUnconfirmed = "planned date passes without a release"
    case courtRelease = "released at court"
    case unplannedRelease = "released without a plan"
    case backWithinHold = "released in error, received back within the hold"
    case backAfterHold = "released in error, received back after the hold"
    case recalledSameWeek = "recalled within days"
    case died = "died in custody"
    case secureHospital = "moved to a secure hospital"
    case removal = "removed or moved to an immigration centre"
    case temporaryAbsence = "out for a day and back"
    case courtMovement = "to court and back"
    // How it is told.
    case hmppsBare = "release told by an HMPPS event"
    case hmppsInSNS = "release told by an HMPPS event inside an SNS notification"
    case outOfOrder = "first events arrive in the wrong order"

    public static func < (a: EstateCase, b: EstateCase) -> Bool { a.rawValue < b.rawValue }
}
