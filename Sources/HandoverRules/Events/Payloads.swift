// The payloads of the inbound events (domain.md §7.2). `visit` names every field once; `naturalKey` names the
// discriminating fields, those marked * there.

public struct CustodyReceived: FieldGroup {
    public var prison = PrisonID.blank
    public var reason = ReceptionReason.blank
    public var movementReason: MovementReasonCode?
    public var fromAgency: Label?
    public var opioidTest: OpioidTest?
    public var legalStatus: LegalStatus?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("prisonId", &prison)
        try v.required("reason", &reason)
        try v.optional("movementReasonCode", &movementReason)
        try v.optional("fromAgency", &fromAgency)
        try v.optional("opioidTest", &opioidTest)
        try v.optional("legalStatus", &legalStatus)
    }
}

public struct EligibilityAssessed: FieldGroup {
    public var assessment = Label.blank
    public var outcome = EligibilityOutcome.blank
    public var criteria: [EligibilityCriterion] = []
    public var notEligibleReason: NotEligibleReason?
    public var overdoseSelf: OverdoseHistory?
    public var overdoseWitnessed: Bool?
    public var mixedUse: Bool?
    public var onOst = false
    public var ostMedicine: OstMedicine?
    public var detoxCompletedOn: LocalDate?
    public var wingRegime: WingRegime?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("assessmentId", &assessment)
        try v.required("outcome", &outcome)
        try v.set("criteria", &criteria)
        try v.optional("notEligibleReason", &notEligibleReason)
        try v.optional("odSelf", &overdoseSelf)
        try v.optional("odWitnessed", &overdoseWitnessed)
        try v.optional("mixedUse", &mixedUse)
        try v.required("onOst", &onOst)
        try v.optional("ostMedicine", &ostMedicine)
        try v.optional("detoxCompletedOn", &detoxCompletedOn)
        try v.optional("wingRegime", &wingRegime)
        if outcome == .eligible, criteria.isEmpty {
            throw FieldProblem("criteria", .invalid("must name at least one of E1 to E9 when ELIGIBLE"))
        }
        if outcome == .notEligible, notEligibleReason == nil { throw FieldProblem("notEligibleReason", .missing) }
    }
}

public struct ConsentOverride: FieldGroup {
    public var basis = OverrideBasis.blank
    public var approver = StaffReference.blank
    public var expiresAt = Instant.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("basis", &basis)
        try v.required("approver", &approver)
        try v.required("expiresAt", &expiresAt)
    }
}

public struct ConsentRecorded: FieldGroup {
    public var scope = ConsentScope.blank
    public var state = ConsentState.blank
    public var method: ConsentMethod?
    public var capacity: Bool?
    public var expiresOn: LocalDate?
    public var override: ConsentOverride?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("scope", &scope)
        try v.required("state", &state)
        try v.optional("method", &method)
        try v.optional("capacity", &capacity)
        try v.optional("expiresOn", &expiresOn)
        try v.group("override", &override)
        if state == .override, override == nil { throw FieldProblem("override", .missing) }
        if state == .given, method == nil { throw FieldProblem("method", .missing) }
    }
}

public struct KitIssued: FieldGroup {
    public var kit = Label.blank
    public var product = KitProduct.blank
    public var batch = BatchNumber.blank
    public var expiry = LocalDate.blank
    public var quantity = KitQuantity.blank
    public var issuePoint = IssuePoint.blank
    public var supplierRole = SupplierRole.blank
    public var supplierTrainingConfirmed: Bool?
    public var authority = SupplyAuthority.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("kitId", &kit)
        try v.required("product", &product)
        try v.required("batchNo", &batch)
        try v.required("expiryDate", &expiry)
        try v.required("quantity", &quantity)
        try v.required("issuePoint", &issuePoint)
        try v.required("supplierRole", &supplierRole)
        try v.optional("supplierTrainingConfirmed", &supplierTrainingConfirmed)
        try v.required("authority", &authority)
    }
}

public struct KitCollected: FieldGroup {
    public var kit = Label.blank
    public var collectedAt = Instant.blank
    public var witnessedByRole: SupplierRole?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("kitId", &kit)
        try v.required("collectedAt", &collectedAt)
        try v.optional("witnessedByRole", &witnessedByRole)
    }
}

public struct KitReturned: FieldGroup {
    public var kit = Label.blank
    public var reason = KitReturnReason.blank
    public var toStock: Bool?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("kitId", &kit)
        try v.required("reason", &reason)
        try v.optional("toStock", &toStock)
    }
}

public struct KitLost: FieldGroup {
    public var kit = Label.blank
    public var place = LostPlace.blank
    public var reportedBy: LossReporter?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("kitId", &kit)
        try v.required("lostPlace", &place)
        try v.optional("reportedBy", &reportedBy)
    }
}
