import HandoverRules

/// The words of all published code lists and of what the rules say of a person, each with a number: in the compact form
/// a code is one or two bytes. A word that is missing here is written out, so forgetting a list costs bytes, not
/// correctness. The order is part of the form: ``CompactForm/fingerprint`` covers it.
struct CodeTable: Sendable {
    static let shared = CodeTable()

    let words: [String]
    private let places: [String: Int]

    func place(of word: String) -> Int? { places[word] }

    func text(at place: UInt64) -> String? { place < UInt64(words.count) ? words[Int(place)] : nil }

    private init() {
        var words = ["nomis-feed", "hmpps-domain-events", SourceName.timers]
        words += CodeTable.codes(ReleaseReason.self) + CodeTable.codes(ConsentScope.self)
        words += CodeTable.codes(ConsentState.self) + CodeTable.codes(ConsentMethod.self)
        words += CodeTable.codes(ReleasePlace.self) + CodeTable.codes(KitDeclaration.self)
        words += CodeTable.codes(AddressStatus.self) + CodeTable.codes(SupervisionType.self)
        words += CodeTable.codes(SupervisionAllocation.self) + CodeTable.codes(KitProduct.self)
        words += CodeTable.codes(IssuePoint.self) + CodeTable.codes(SupplierRole.self)
        words += CodeTable.codes(SupplyAuthority.self) + CodeTable.codes(EligibilityOutcome.self)
        words += CodeTable.codes(EligibilityCriterion.self) + CodeTable.codes(OverdoseHistory.self)
        words += CodeTable.codes(OstMedicine.self) + CodeTable.codes(WingRegime.self)
        words += CodeTable.codes(NotEligibleReason.self) + CodeTable.codes(ReceptionReason.self)
        words += CodeTable.codes(OpioidTest.self) + CodeTable.codes(LegalStatus.self)
        words += CodeTable.codes(KitReturnReason.self) + CodeTable.codes(LostPlace.self)
        words += CodeTable.codes(LossReporter.self) + CodeTable.codes(PlanChangeReason.self)
        words += CodeTable.codes(PlanCancelReason.self) + CodeTable.codes(OverrideBasis.self)
        words += CodeTable.codes(HmppsReleaseReason.self) + CodeTable.codes(TimerKind.self)
        words += RecipientKind.allCases.map(\.rawValue) + Outcome.State.allCases.map(\.rawValue)
        words += HandoverKind.allCases.map(\.rawValue) + TaskCode.allCases.map(\.rawValue)
        words += Reason.allCases.map(\.rawValue) + Topics().inbound
        words += CodeTable.codes(MoveOutReason.self) + CodeTable.codes(EndingReason.self)
        words += CodeTable.codes(TrainingMethod.self) + CodeTable.codes(TrainingElement.self)
        words += CodeTable.codes(TrainingResult.self) + CodeTable.codes(RefusalStage.self)
        words += CodeTable.codes(RefusalReason.self) + CodeTable.codes(KitReplaceReason.self)
        words += CodeTable.codes(KitUsedFor.self) + CodeTable.codes(Survival.self)
        words += CodeTable.codes(AckDecision.self) + CodeTable.codes(RejectReason.self)
        words += CodeTable.codes(EngagementOutcome.self) + CodeTable.codes(KitSeen.self)
        words += CodeTable.codes(TaskOutcome.self) + CodeTable.codes(ReferenceChange.self)
        words += CodeTable.codes(CorrectionKind.self)
        var places: [String: Int] = [:]
        var distinct: [String] = []
        for word in words where places[word] == nil {
            places[word] = distinct.count
            distinct.append(word)
        }
        self.words = distinct
        self.places = places
    }

    private static func codes<C: Code>(_ list: C.Type) -> [String] { list.allCases.map(\.rawValue) }
}
