// Payloads of training and of kits after their issue (domain.md §7.2).

public struct TrainingOffered: FieldGroup {
    public var offer = Label.blank
    public var method: TrainingMethod?
    public var scheduledAt: Instant?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("offerId", &offer)
        try v.optional("method", &method)
        try v.optional("scheduledAt", &scheduledAt)
    }
}

public struct TrainingCompleted: FieldGroup {
    public var training = Label.blank
    public var offer: Label?
    public var elements: [TrainingElement] = []
    public var result = TrainingResult.blank
    public var product: KitProduct?
    public var trainerRole: SupplierRole?
    public var duration: TrainingMinutes?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("trainingId", &training)
        try v.optional("offerId", &offer)
        try v.set("elements", &elements)
        try v.required("result", &result)
        try v.optional("product", &product)
        try v.optional("trainerRole", &trainerRole)
        try v.optional("durationMin", &duration)
        if elements.isEmpty { throw FieldProblem("elements", .invalid("must name at least one of T1 to T7")) }
    }
}

public struct TrainingRefused: FieldGroup {
    public var offer: Label?
    public var stage = RefusalStage.blank
    public var reasons: [RefusalReason] = []
    /// Only with OTHER; never leaves the hub.
    public var otherText: FreeText?
    public var reofferAfter: LocalDate?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.optional("offerId", &offer)
        try v.required("stage", &stage)
        try v.set("reasons", &reasons)
        try v.optional("otherText", &otherText)
        try v.optional("reofferAfter", &reofferAfter)
        if !(1...3).contains(reasons.count) { throw FieldProblem("reasons", .invalid("must name 1 to 3 reasons")) }
        if otherText != nil, !reasons.contains(.other) {
            throw FieldProblem("otherText", .invalid("may only be given with OTHER"))
        }
    }
}

/// The prison that now holds the person says that it holds the kit too.
public struct KitConfirmed: FieldGroup {
    public var kit = Label.blank
    public var prison = PrisonID.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("kitId", &kit)
        try v.required("prisonId", &prison)
    }
}

/// A kit given in place of another.
public struct KitReplaced: FieldGroup {
    public var old = Label.blank
    public var new = KitIssued()
    public var reason = KitReplaceReason.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("oldKitId", &old)
        try new.visit(&v)
        try v.required("reason", &reason)
    }
}

/// A provider was told that a kit was used; aggregate figures only.
public struct KitUsed: FieldGroup {
    public var kit: Label?
    public var usedOn = LocalDate.blank
    public var usedFor: KitUsedFor?
    public var survived: Survival?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.optional("kitId", &kit)
        try v.required("usedOn", &usedOn)
        try v.optional("usedFor", &usedFor)
        try v.optional("survived", &survived)
    }
}
