import FoundationEssentials
import HandoverRules

/// The small reference world of the stories: two onboarded prisons, Leeds and its neighbours.
enum World {
    static let leeds = AuthorityID(unchecked: "E08000035"), bradford = AuthorityID(unchecked: "E08000032")
    static let glasgow = AuthorityID(unchecked: "S12000049")
    static let drugLeeds = Label(unchecked: "prov-leeds"), drugBradford = Label(unchecked: "prov-bradford")
    static let probation = Label(unchecked: "ps-yh"), crc = Label(unchecked: "crc-west-yorkshire")
    static let nps = Label(unchecked: "nps-ne"), commissioner = Label(unchecked: "com-leeds")

    static var record: PersonRecord {
        var record = PersonRecord(name: "Sam Example", dateOfBirth: date("1989-02-11"))
        record.crn = "X026350"
        record.pncID = "2003/0062845E"
        record.nhsNumber = "9434765919"
        record.postcode = Postcode(unchecked: "LS9 7FL")
        record.addressStatus = .own
        return record
    }

    static let registers: Registers = {
        var r = Registers()
        for (id, onboarded) in [("MDI", "2015-01-01"), ("LEI", "2015-01-01"), ("HDI", nil)] as [(String, String?)] {
            let prison = PrisonID(unchecked: id)
            r.prisons[prison] = Prison(id: prison, name: id, active: true, onboardedFrom: onboarded.map(date))
        }
        func provider(_ id: Label, _ kind: ProviderKind, _ area: AuthorityID? = nil, to: String? = nil) {
            r.providers[id] = Provider(
                id: id, kind: kind, name: id.text, validFrom: date("2015-01-01"), validTo: to.map(date),
                authority: area)
        }
        provider(drugLeeds, .drugService)
        provider(drugBradford, .drugService)
        provider(probation, .probationRegion)
        provider(crc, .crc, to: "2021-06-25")
        provider(nps, .npsDivision, to: "2021-06-25")
        provider(commissioner, .commissioner, leeds)
        func covers(_ id: Label, _ area: AuthorityID, _ pathway: Pathway, from: String = "2015-01-01") {
            r.coverage[area, default: []].append(
                Coverage(provider: id, pathway: pathway, ageBand: .adult, rank: 1, validFrom: date(from)))
        }
        covers(drugLeeds, leeds, .criminalJustice)
        covers(drugBradford, bradford, .core)
        for area in [leeds, bradford] {
            covers(probation, area, .supervision)
            covers(crc, area, .supervision)
            covers(nps, area, .supervision)
        }
        r.postcodes["LS9"] = PostcodeArea(authority: leeds, nation: "England", share: 1)
        r.postcodes["BD1"] = PostcodeArea(authority: bradford, nation: "England", share: 1)
        r.postcodes["G1"] = PostcodeArea(authority: glasgow, nation: "Scotland", share: 1)
        r.offices["YHLDS01"] = Office(provider: probation, authority: leeds)
        for (code, direction, movementClass, reason) in [
            ("CR", .out, "COMMUNITY_RELEASE", .crd), ("BL", .out, "COMMUNITY_RELEASE", .bail),
            ("DEC", .out, "DIED", nil), ("HO", .out, "SECURE_HOSPITAL", nil), ("DD", .out, "REMOVAL_OR_IRC", nil),
            ("UAL", .out, "ABSCOND", nil), ("TRN", .out, "TRANSFER", nil), ("CRT", .both, "COURT", nil),
            ("C1", .both, "TEMPORARY_ABSENCE", nil), ("L", .into, "RECALL", nil), ("V", .into, "ADMISSION", nil),
        ] as [(String, MovementDirection, String, ReleaseReason?)] {
            r.movementReasons[MovementReasonKey(code, direction)] = MovementReason(
                movementClass: movementClass, releaseReason: reason)
        }
        r.holidays[.englandAndWales] = Set(
            ["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25"]
                .map(date))
        r.holidays[.scotland] = Set(["2026-01-01", "2026-01-02", "2026-04-03", "2026-08-03"].map(date))
        return r
    }()

    /// Deterministic event ids.
    static func uuid(_ n: UInt64) -> UUID {
        func byte(_ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: n >> shift) }
        return UUID(
            uuid: (
                0xe0, 0, 0, 0, 0, 0, 0x40, 0, byte(56) | 0x80, byte(48), byte(40), byte(32), byte(24), byte(16),
                byte(8), byte(0)
            ))
    }
}
