import HandoverRules

/// The words of all published code lists and of what the rules say of a person, each with a number: in the compact form
/// a code is one or two bytes. A word that is missing here is written out, so forgetting a list costs bytes, not
/// correctness. The order is part of the form: ``CompactForm/fingerprint`` covers it.
struct CodeTable: Sendable {
    static let shared = CodeTable()

    let words: [String]
    /// Places by the hash of their word, in a table at most a quarter full; -1 where there is none. A dictionary's
    /// hashing costs as much as writing the word.
    private let slots: [Int16]

    func place(of word: String) -> Int? {
        var slot = CodeTable.hash(word) & (slots.count - 1)
        while slots[slot] >= 0 {
            let place = Int(slots[slot])
            if words[place] == word { return place }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// FNV-1a: words come from published lists, or are compared with them and written out.
    private static func hash(_ word: String) -> Int {
        var word = word
        return word.withUTF8 { utf8 in
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            return Int(truncatingIfNeeded: hash ^ hash >> 32) & Int.max
        }
    }

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
        var seen: Set<String> = []
        let distinct = words.filter { seen.insert($0).inserted }
        var size = 1
        while size < 4 * distinct.count { size *= 2 }
        var slots = [Int16](repeating: -1, count: size)
        for (place, word) in distinct.enumerated() {
            var slot = CodeTable.hash(word) & (size - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int16(place)
        }
        self.words = distinct
        self.slots = slots
    }

    private static func codes<C: Code>(_ list: C.Type) -> [String] { list.allCases.map(\.rawValue) }
}
