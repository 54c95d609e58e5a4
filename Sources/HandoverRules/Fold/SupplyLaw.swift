/// Who may supply what, on the supply date (domain.md §3). A breach never drops the event: the person may hold a kit.
enum SupplyLaw {
    /// Data-quality codes of one supply.
    static func exceptions(_ kit: KitIssued, on date: LocalDate, _ rules: Rulebook) -> [String] {
        var codes: [String] = []
        if !isPermitted(kit, on: date, rules) { codes.append("SUPPLIER_ROLE_NOT_PERMITTED") }
        if kit.expiry <= date {
            codes.append("KIT_EXPIRED_AT_ISSUE")
        } else if kit.expiry.days(since: date) < rules.kitExpirySoonDays {
            codes.append("KIT_EXPIRES_SOON")
        }
        return codes
    }

    private static func isPermitted(_ kit: KitIssued, on date: LocalDate, _ rules: Rulebook) -> Bool {
        switch kit.supplierRole {
        case .prescriber: true
        case .nurse, .pharmacist:
            switch kit.authority {
            case .prescription, .pgd, .psd: true
            case .route1, .route2: date >= rules.widerSupplyFrom && kit.supplierTrainingConfirmed == true
            }
        case .drugTreatmentWorker:
            date >= rules.workerSupplyFrom && (kit.product != .nyxoid || date >= rules.nasalSupplyFrom)
        case .prisonOfficer, .probationOfficer, .youthJusticeWorker, .police, .pharmacyTechnician, .midwife, .paramedic:
            date >= rules.widerSupplyFrom && kit.supplierTrainingConfirmed == true
        case .other: false
        }
    }
}
