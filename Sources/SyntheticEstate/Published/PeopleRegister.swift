import HandoverRules

/// The register's records of people who do not exist.
struct PeopleRegister {
    let identities: Identities
    let plan: EstatePlan

    func record(_ setting: Setting, _ situation: Situation, _ dice: inout Dice) -> PersonRecord {
        var record = PersonRecord(
            name: InventedNames.name(&dice), dateOfBirth: birth(isChild: situation.isChild, &dice))
        record.crn = identities.crn(setting.index)
        record.nhsNumber = identities.nhs(setting.index)
        record.language = "en"
        switch situation.home {
        case .own, .uncovered, .family:
            record.postcode = setting.postcode
            record.addressStatus = situation.home == .family ? .family : .own
            record.lastHomeAuthority = setting.area.authority
        case .localConnection: record.lastHomeAuthority = setting.otherArea.authority
        case .lastHome: record.lastHomeAuthority = setting.area.authority
        case .nothingKnown, .routedByHand: break
        }
        if record.addressStatus == nil { record.addressStatus = .noFixedAbode }
        return record
    }

    /// Somebody about whom nothing is told.
    func stranger(in area: HomeArea, _ dice: inout Dice) -> PersonRecord {
        var record = PersonRecord(name: InventedNames.name(&dice), dateOfBirth: birth(isChild: false, &dice))
        record.postcode = Identities.postcode(in: area.outcode, &dice)
        return record
    }

    /// Between 19 and 64 years before the start, or between 15 and nearly 18.
    private func birth(isChild: Bool, _ dice: inout Dice) -> LocalDate {
        let days = isChild ? dice.within(15 * 365 + 30...17 * 365 + 300) : dice.within(19 * 366...64 * 365)
        return London.date(of: plan.start).adding(days: -days)
    }
}
