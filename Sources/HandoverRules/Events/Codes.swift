// The published code lists of domain.md §5 and §7.2. A list with OTHER takes an unknown code as OTHER.

public enum ReceptionReason: String, Code {
    case admission = "ADMISSION"
    case transferred = "TRANSFERRED"
    case temporaryAbsenceReturn = "TEMPORARY_ABSENCE_RETURN"
    case returnFromCourt = "RETURN_FROM_COURT"
}
public enum OpioidTest: String, Code { case positive = "POS", negative = "NEG", notDone = "NOT_DONE" }
public enum LegalStatus: String, Code {
    case remand = "REMAND", sentenced = "SENTENCED", recall = "RECALL", immigration = "IMMIGRATION"
}
public enum EligibilityOutcome: String, Code {
    case eligible = "ELIGIBLE", notEligible = "NOT_ELIGIBLE", unable = "UNABLE"
}
public enum EligibilityCriterion: String, Code {
    case onOst = "E1", recentUse = "E2", positiveTest = "E3", detox = "E4", pastOverdose = "E5"
    case useInCustody = "E6", injecting = "E7", strongPrescribed = "E8", likelyWitness = "E9"
}
public enum NotEligibleReason: String, Code {
    case noOpioidRisk = "NO_OPIOID_RISK", hypersensitivity = "HYPERSENSITIVITY", age = "AGE", other = "OTHER"
    public static var fallback: NotEligibleReason? { .other }
}
public enum OverdoseHistory: String, Code {
    case never = "NEVER", overAYear = "GT12M", withinAYear = "LE12M", unknown = "UNKNOWN"
}
public enum OstMedicine: String, Code {
    case methadone = "METHADONE", buprenorphine = "BUPRENORPHINE", depot = "DEPOT", other = "OTHER"
    public static var fallback: OstMedicine? { .other }
}
public enum WingRegime: String, Code {
    case general = "GENERAL", recoveryWing = "RECOVERY_WING", ostWing = "OST_WING", segregation = "SEGREGATION"
    case healthcare = "HEALTHCARE", open = "OPEN"
}
public enum KitProduct: String, Code {
    case prenoxad = "PRENOXAD_PFS", nyxoid = "NYXOID_NASAL_1_8MG", other = "OTHER"
    public static var fallback: KitProduct? { .other }
}
public enum IssuePoint: String, Code {
    case property = "PROPERTY", gate = "GATE", inPossession = "IN_POSSESSION", community = "COMMUNITY"
}
public enum SupplierRole: String, Code {
    case prescriber = "PRESCRIBER", nurse = "NURSE", pharmacist = "PHARMACIST"
    case drugTreatmentWorker = "DRUG_TREATMENT_WORKER", prisonOfficer = "PRISON_OFFICER"
    case probationOfficer = "PROBATION_OFFICER", youthJusticeWorker = "YOUTH_JUSTICE_WORKER", police = "POLICE"
    case pharmacyTechnician = "PHARMACY_TECH", midwife = "MIDWIFE", paramedic = "PARAMEDIC", other = "OTHER"
    public static var fallback: SupplierRole? { .other }
}
public enum SupplyAuthority: String, Code {
    case prescription = "PRESCRIPTION", pgd = "PGD", psd = "PSD", route1 = "REG237_ROUTE1", route2 = "ROUTE2"
}
public enum KitReturnReason: String, Code {
    case recalled = "RECALLED", releaseCancelled = "RELEASE_CANCELLED", refusedAtGate = "REFUSED_AT_GATE"
    case expired = "EXPIRED", damaged = "DAMAGED", leftBehind = "LEFT_BEHIND", other = "OTHER"
    public static var fallback: KitReturnReason? { .other }
}
public enum LostPlace: String, Code {
    case custody = "CUSTODY", community = "COMMUNITY", confiscated = "CONFISCATED", unknown = "UNKNOWN"
}
public enum LossReporter: String, Code {
    case person = "PERSON", provider = "PROVIDER", supervisor = "SUPERVISOR", prison = "PRISON"
}
public enum ReleaseReason: String, Code {
    case crd = "CRD", ard = "ARD", hdc = "HDC", parole = "PAROLE", ecsl = "ECSL", recallRelease = "RECALL_RELEASE"
    case dto = "DTO", courtRelease = "COURT_RELEASE", bail = "BAIL", immigrationBail = "IMMIGRATION_BAIL"
    case acquitted = "ACQUITTED", sentenceServed = "SENTENCE_SERVED", other = "OTHER"
    // Not a community release (domain.md §5).
    case transfer = "TRANSFER", rotl = "ROTL", courtOut = "COURT_OUT", secureHospital = "SECURE_HOSPITAL"
    case removalOrIRC = "REMOVAL_OR_IRC", died = "DIED", abscond = "ABSCOND"
    public static var fallback: ReleaseReason? { .other }
}
public enum AddressStatus: String, Code {
    case own = "OWN", family = "FAMILY", approvedPremises = "AP", cas3 = "CAS3", hostel = "HOSTEL"
    case noFixedAbode = "NFA", unknown = "UNKNOWN"
}
public enum SupervisionType: String, Code {
    case licence = "LICENCE", pss = "PSS", none = "NONE", unknown = "UNKNOWN"
}
public enum SupervisionAllocation: String, Code { case crc = "CRC", nps = "NPS", ps = "PS", unknown = "UNKNOWN" }
public enum PlanChangeReason: String, Code {
    case crdRecalculated = "CRD_RECALC", fridayRule = "FRIDAY_RULE", hdcGranted = "HDC_GRANTED"
    case hdcRefused = "HDC_REFUSED", address = "ADDRESS", prison = "PRISON", adjudication = "ADJUDICATION"
    case other = "OTHER"
    public static var fallback: PlanChangeReason? { .other }
}
public enum PlanCancelReason: String, Code {
    case furtherRemand = "FURTHER_REMAND", hdcRefused = "HDC_REFUSED", paroleRefused = "PAROLE_REFUSED"
    case error = "ERROR", recallExtended = "RECALL_EXTENDED", other = "OTHER"
    public static var fallback: PlanCancelReason? { .other }
}
public enum ReleasePlace: String, Code { case prison = "PRISON", court = "COURT" }
public enum KitDeclaration: String, Code {
    case withKit = "WITH_KIT", withoutKit = "WITHOUT_KIT", notStated = "NOT_STATED"
}
public enum ConsentScope: String, Code {
    case drugService = "DRUG_SERVICE", supervision = "SUPERVISION", childService = "CHILD_SERVICE"
}
public enum ConsentState: String, Code {
    case given = "GIVEN", refused = "REFUSED", withdrawn = "WITHDRAWN", notAsked = "NOT_ASKED"
    case lacksCapacity = "LACKS_CAPACITY", override = "OVERRIDE"
}
public enum ConsentMethod: String, Code { case written = "WRITTEN", verbal = "VERBAL", electronic = "ELECTRONIC" }
public enum OverrideBasis: String, Code {
    case vitalInterests = "VITAL_INTERESTS", publicInterest = "PUBLIC_INTEREST", safeguarding = "SAFEGUARDING"
}

/// `reason` of an HMPPS `prisoner.released` event. Only RELEASED can be a community release, and not always.
public enum HmppsReleaseReason: String, Code {
    case released = "RELEASED", temporaryAbsence = "TEMPORARY_ABSENCE_RELEASE", toHospital = "RELEASED_TO_HOSPITAL"
    case toCourt = "SENT_TO_COURT", transferred = "TRANSFERRED", unknown = "UNKNOWN"
    public static var fallback: HmppsReleaseReason? { .unknown }
}

public enum MoveOutReason: String, Code {
    case transferred = "TRANSFERRED", toCourt = "SENT_TO_COURT", temporaryAbsence = "TEMPORARY_ABSENCE"
    case hospital = "HOSPITAL"
}
public enum EndingReason: String, Code {
    case died = "DIED", secureHospital = "SECURE_HOSPITAL", removalOrIRC = "REMOVAL_OR_IRC", abscond = "ABSCOND"
    case escape = "ESCAPE"
}
public enum TrainingMethod: String, Code {
    case oneToOne = "ONE_TO_ONE", group = "GROUP", peer = "PEER", video = "VIDEO"
}
/// Domain.md §3: T1–T6 make a training complete, T7 is storage, expiry and replacement.
public enum TrainingElement: String, Code {
    case signs = "T1", call999 = "T2", breathing = "T3", naloxone = "T4", recoveryPosition = "T5", stay = "T6"
    case storage = "T7"
    /// What a complete training holds.
    public static let complete: Set<TrainingElement> = [
        .signs, .call999, .breathing, .naloxone, .recoveryPosition, .stay,
    ]
}
public enum TrainingResult: String, Code { case complete = "COMPLETE", partial = "PARTIAL" }
public enum RefusalStage: String, Code { case training = "TRAINING", kit = "KIT", both = "BOTH" }
/// Domain.md §4.
public enum RefusalReason: String, Code {
    case policeFear = "POLICE_FEAR", clinicalOnly = "CLINICAL_ONLY", abstinent = "ABSTINENT"
    case licenceToUse = "LICENCE_TO_USE", naltrexoneMixUp = "NALTREXONE_MIXUP", withdrawalFear = "WITHDRAWAL_FEAR"
    case highMyth = "HIGH_MYTH", needleFear = "NEEDLE_FEAR", notMyProblem = "NOT_MY_PROBLEM", notUsing = "NOT_USING"
    case hasKit = "HAS_KIT", privacy = "PRIVACY", noTime = "NO_TIME", language = "LANGUAGE", unwell = "UNWELL"
    case badExperience = "BAD_EXPERIENCE", notStated = "NOT_STATED", other = "OTHER"
    public static var fallback: RefusalReason? { .other }
}
public enum KitReplaceReason: String, Code {
    case lost = "LOST", used = "USED", expired = "EXPIRED", damaged = "DAMAGED"
}
public enum KitUsedFor: String, Code { case oneself = "SELF", other = "OTHER" }
public enum Survival: String, Code { case yes = "YES", no = "NO", unknown = "UNKNOWN" }
public enum AckDecision: String, Code {
    case accepted = "ACCEPTED", rejected = "REJECTED", needsInfo = "NEEDS_INFO"
}
public enum RejectReason: String, Code {
    case outOfArea = "OUT_OF_AREA", notKnown = "NOT_KNOWN", wrongService = "WRONG_SERVICE", duplicate = "DUPLICATE"
    case capacity = "CAPACITY", other = "OTHER"
    public static var fallback: RejectReason? { .other }
}
public enum EngagementOutcome: String, Code {
    case attended = "ATTENDED", treatmentStarted = "TREATMENT_STARTED", didNotAttend = "DNA", contacted = "CONTACTED"
    case uncontactable = "UNCONTACTABLE", declined = "DECLINED", moved = "MOVED"
    case returnedToCustody = "RETURNED_TO_CUSTODY", died = "DIED"
}
public enum KitSeen: String, Code {
    case yes = "YES", no = "NO", replaced = "REPLACED", firstSupply = "FIRST_SUPPLY"
}
public enum TaskOutcome: String, Code { case done = "DONE", notNeeded = "NOT_NEEDED", passedOn = "PASSED_ON" }
public enum ReferenceChange: String, Code { case person = "PERSON", route = "ROUTE" }
public enum CorrectionKind: String, Code { case amend = "AMEND", void = "VOID" }
