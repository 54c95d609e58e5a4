public import HandoverRules
public import Postgres

/// Reads the register tables into the value that the rules take.
public enum RegisterTables {
    public static func load(_ query: (SQL) throws -> PostgresRows) throws -> Registers {
        var registers = Registers()
        for row in try query("select prison_id, name, active, onboarded_from, release_hold from prison") {
            guard let id = PrisonID(try row.text(0)) else { continue }
            registers.prisons[id] = Prison(
                id: id, name: try row[1], active: try row[2], onboardedFrom: date(try row[3]),
                releaseHold: (try row[4] as String?).flatMap(Span.init(written:)))
        }
        for row in try query(
            "select provider_id, kind, name, valid_from, valid_to, utla, nasal_stocked from provider")
        {
            guard let id = ProviderID(try row.text(0)), let kind = ProviderKind(rawValue: try row.text(1)) else {
                continue
            }
            registers.providers[id] = Provider(
                id: id, kind: kind, name: try row[2], validFrom: try date(row[3]), validTo: date(try row[4]),
                authority: (try row[5] as String?).flatMap { AuthorityID($0) }, nasalStocked: try row[6])
        }
        try loadCoverage(&registers, query)
        try loadPlaces(&registers, query)
        registers.rules = try loadRules(query)
        return registers
    }

    private static func loadCoverage(_ registers: inout Registers, _ query: (SQL) throws -> PostgresRows) throws {
        for row in try query(
            "select provider_id, utla, pathway, age_band, rank, valid_from, valid_to from coverage order by 1, 2, 3, 6")
        {
            guard let provider = ProviderID(try row.text(0)), let authority = AuthorityID(try row.text(1)),
                let pathway = Pathway(rawValue: try row.text(2)), let band = AgeBand(rawValue: try row.text(3))
            else { continue }
            registers.coverage[authority, default: []].append(
                Coverage(
                    provider: provider, pathway: pathway, ageBand: band, rank: Int(try row[4] as Int32),
                    validFrom: try date(row[5]), validTo: date(try row[6])))
        }
    }

    private static func loadPlaces(_ registers: inout Registers, _ query: (SQL) throws -> PostgresRows) throws {
        for row in try query("select outcode, utla, nation, share from postcode_area") {
            guard let authority = AuthorityID(try row.text(1)) else { continue }
            registers.postcodes[try row.text(0)] = PostcodeArea(
                authority: authority, nation: try row[2], share: try row[3] ?? 1)
        }
        for row in try query("select code, direction, class, release_reason from movement_reason") {
            guard let direction = MovementDirection(rawValue: try row.text(1)) else { continue }
            registers.movementReasons[MovementReasonKey(try row.text(0), direction)] = MovementReason(
                movementClass: try row[2],
                releaseReason: (try row[3] as String?).flatMap { ReleaseReason(rawValue: $0) })
        }
        for row in try query("select nation, date from bank_holiday") {
            guard let nation = HolidayNation(rawValue: try row.text(0)) else { continue }
            registers.holidays[nation, default: []].insert(try date(row[1]))
        }
        for row in try query("select office_code, provider_id, utla from office") {
            guard let provider = ProviderID(try row.text(1)), let authority = AuthorityID(try row.text(2)) else {
                continue
            }
            registers.offices[try row.text(0)] = Office(provider: provider, authority: authority)
        }
    }

    private static func date(_ value: PostgresDate) -> LocalDate {
        LocalDate(daysSince1970: Int32(value.daysSince1970))
    }

    private static func date(_ value: PostgresDate?) -> LocalDate? { value.map { date($0) } }
}

extension Span {
    /// Reads `45m`, `90s`, `4h` or `0s`, the form that settings and registers use.
    public init?(written text: String) {
        guard let unit = text.last, let count = Int64(text.dropLast()), count >= 0 else { return nil }
        switch unit {
        case "s": self = .seconds(count)
        case "m": self = .minutes(count)
        case "h": self = .hours(count)
        default: return nil
        }
    }
}
