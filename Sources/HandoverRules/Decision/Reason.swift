/// Every reason that the hub gives for what it did or did not say, in one table: of outcomes, dispositions, stand-downs
/// and tasks. `explain` shows the words; messages and the ledger hold the codes.
public enum Reason: String, Sendable, Hashable, CaseIterable {
    // Why nothing was sent (domain.md §12, SUPPRESSED).
    case noConsent = "NO_CONSENT", notEligible = "NOT_ELIGIBLE", notAssessed = "NOT_ASSESSED"
    case notOnboarded = "NOT_ONBOARDED", notCommunity = "NOT_COMMUNITY", noSupervision = "NO_SUPERVISION"
    case tooLate = "TOO_LATE"
    // Why it waits, or is in a person's queue.
    case releaseHold = "RELEASE_HOLD", areaUnknown = "AREA_UNKNOWN", noProvider = "NO_PROVIDER"
    case routeUndecided = "ROUTE_UNDECIDED", routeAssignedInvalid = "ROUTE_ASSIGNED_INVALID"
    case rejected = "REJECTED", rejectedTwice = "REJECTED_TWICE", afterDeath = "AFTER_DEATH"
    // Why a recipient was told to stop (domain.md §7.3).
    case releaseCancelled = "RELEASE_CANCELLED", releaseReversed = "RELEASE_REVERSED"
    case returnedToCustody = "RETURNED_TO_CUSTODY", transferOfResponsibility = "TRANSFER_OF_RESPONSIBILITY"
    case wrongPerson = "WRONG_PERSON", consentWithdrawn = "CONSENT_WITHDRAWN", died = "DIED", merged = "MERGED"
    case noLongerNeeded = "NO_LONGER_NEEDED"
    // What became of an event (invariant I6).
    case sameID = "SAME_ID", naturalKey = "NATURAL_KEY", parked = "PARKED", stale = "STALE"
    case nothingChanged = "NOTHING_CHANGED", preRelease = "PRE_RELEASE", freshAckNeeded = "FRESH_ACK_NEEDED"
    case needsInfo = "NEEDS_INFO", handoverUnknown = "HANDOVER_UNKNOWN", taskUnknown = "TASK_UNKNOWN"
    case taskClosed = "TASK_CLOSED"
    // What became of a correction, or of what it corrects (domain.md §12).
    case waitsForTarget = "WAITS_FOR_TARGET", correctionMismatch = "CORRECTION_MISMATCH"
    case correctionCircle = "CORRECTION_CIRCLE", correctionOutdone = "CORRECTION_OUTDONE", voided = "VOIDED"
    // How a task ended.
    case done = "DONE", notNeeded = "NOT_NEEDED", passedOn = "PASSED_ON", causeEnded = "CAUSE_ENDED"

    /// What the code means, in a sentence about the handover, the event or the task.
    public var words: String {
        switch self {
        case .noConsent: "not sent: the person's agreement to share with this kind of recipient is not on record"
        case .notEligible: "not sent: the person was assessed as not eligible for take-home naloxone"
        case .notAssessed: "not sent: nobody has assessed the person for take-home naloxone, and no kit implies it"
        case .notOnboarded: "not sent: the prison does not take part on the release date"
        case .notCommunity: "not sent: this was not a release into the community"
        case .noSupervision: "not sent: the person is released without supervision"
        case .tooLate: "not sent: the event came too late for anything to be said because of it"
        case .releaseHold: "waiting: a release is held back for a while because most mistaken ones are reversed soon"
        case .areaUnknown: "with a person: nothing tells which area the person goes to"
        case .noProvider: "with a person: no provider covers the area on the release date"
        case .routeUndecided: "with a person: the routing rules leave more than one recipient, or none by rule"
        case .routeAssignedInvalid: "with a person: the provider assigned by hand is unknown, ended or of another kind"
        case .rejected: "with a person: the recipient does not take the person"
        case .rejectedTwice: "with a person: two recipients said that the person is out of their area"
        case .afterDeath: "with a person: something was reported about somebody who has died; nobody else is told"
        case .releaseCancelled: "stood down: the planned release was cancelled"
        case .releaseReversed: "stood down: the release was taken back"
        case .returnedToCustody: "stood down: the person is back in custody"
        case .transferOfResponsibility: "stood down: another recipient is responsible"
        case .wrongPerson: "stood down: the booking belongs to another person"
        case .consentWithdrawn: "stood down: the agreement to share was withdrawn or has expired"
        case .died: "stood down: the person has died"
        case .merged: "stood down: the record turned out to be part of another"
        case .noLongerNeeded: "stood down: what the handover rested on no longer holds"
        case .sameID: "duplicate: an event of this id was recorded before"
        case .naturalKey: "duplicate: the same thing was reported before under another id"
        case .parked: "kept: it waits for a reception to belong to"
        case .stale: "superseded: the release has happened; an older cancellation cannot undo it"
        case .nothingChanged: "superseded: everything it says was said by a newer version"
        case .preRelease: "recorded: it happened before the release and does not count as engagement after it"
        case .freshAckNeeded:
            "recorded: the handover rose to P1 or was raised again since; that version needs its own answer"
        case .needsInfo: "recorded: a question is no acknowledgement; the clock runs on"
        case .handoverUnknown: "recorded: no handover of this person has this id and version"
        case .taskUnknown: "recorded: no task about this person has this id"
        case .taskClosed: "recorded: the task had been closed"
        case .waitsForTarget: "kept: a correction; the event that it corrects is not known yet"
        case .correctionMismatch: "no effect: a correction with the fields of another type than what it corrects"
        case .correctionCircle: "no effect: a correction of itself, through others"
        case .correctionOutdone: "superseded: a later correction of the same event counts"
        case .voided: "superseded: the event was declared void"
        case .done: "closed: it was done"
        case .notNeeded: "closed: somebody found it not to be needed"
        case .passedOn: "closed: it was passed on"
        case .causeEnded: "closed: its cause has ended"
        }
    }

    /// The words of any code that the hub gives as a reason or as a task's code; nil for a code of none of them.
    public static func words(of code: String) -> String? {
        Reason(rawValue: code)?.words ?? TaskCode(rawValue: code)?.words
    }

    /// What whoever was told before is to be told when nothing may be sent any more.
    var asStandDown: Reason {
        switch self {
        case .noConsent: .consentWithdrawn
        case .notCommunity: .notCommunity
        default: .noLongerNeeded
        }
    }
}
