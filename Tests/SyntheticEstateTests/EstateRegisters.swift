import HandoverRules
import SyntheticEstate

/// The registers that an estate's plan takes for granted.
enum EstateRegisters {
    static func of(_ plan: EstatePlan) -> Registers {
        var registers = Registers()
        let long = LocalDate(year: 2021, month: 6, day: 26)!
        for prison in plan.prisons {
            registers.prisons[prison] = Prison(id: prison, name: prison.text, active: true, onboardedFrom: long)
        }
        registers.prisons[plan.outsidePrison] = Prison(
            id: plan.outsidePrison, name: plan.outsidePrison.text, active: true, onboardedFrom: nil)
        let body = ProviderID(unchecked: "ps-n55")
        registers.providers[body] = Provider(id: body, kind: .probationRegion, name: "Region", validFrom: long)
        for area in plan.areas {
            registers.postcodes[area.outcode] = PostcodeArea(authority: area.authority, nation: "England", share: 1)
            guard let service = area.drugService else { continue }
            registers.providers[service] = Provider(
                id: service, kind: .drugService, name: service.text, validFrom: long, nasalStocked: true)
            registers.coverage[area.authority] = [
                Coverage(provider: service, pathway: .core, ageBand: .adult, rank: 1, validFrom: long),
                Coverage(provider: body, pathway: .supervision, ageBand: .adult, rank: 1, validFrom: long),
            ]
        }
        for (code, direction, name, reason) in movements {
            registers.movementReasons[MovementReasonKey(code, direction)] = MovementReason(
                movementClass: name, releaseReason: reason)
        }
        return registers
    }

    /// The codes that the estate uses, classed as in `Deploy/reference/movement-reasons.csv`.
    private static let movements: [(String, MovementDirection, String, ReleaseReason?)] = [
        ("CR", .out, "COMMUNITY_RELEASE", .crd), ("PD", .out, "COMMUNITY_RELEASE", .recallRelease),
        ("HD", .out, "COMMUNITY_RELEASE", .hdc), ("PX", .out, "COMMUNITY_RELEASE", .parole),
        ("NCS", .out, "COMMUNITY_RELEASE", .courtRelease), ("BL", .out, "COMMUNITY_RELEASE", .bail),
        ("AU", .out, "COMMUNITY_RELEASE", .acquitted), ("BD", .out, "COMMUNITY_RELEASE", .immigrationBail),
        ("SC", .out, "COMMUNITY_RELEASE", .sentenceServed), ("D1", .out, "COMMUNITY_RELEASE", .dto),
        ("DEC", .out, "DIED", nil), ("HO", .out, "SECURE_HOSPITAL", nil), ("HP", .out, "SECURE_HOSPITAL", nil),
        ("HQ", .out, "SECURE_HOSPITAL", nil), ("DD", .out, "REMOVAL_OR_IRC", nil),
        ("DE", .out, "REMOVAL_OR_IRC", nil), ("DEIRC", .out, "REMOVAL_OR_IRC", nil),
        ("C5", .both, "TEMPORARY_ABSENCE", nil), ("CRT", .both, "COURT", nil), ("I", .into, "ADMISSION", nil),
        ("N", .into, "ADMISSION", nil), ("L", .into, "RECALL", nil),
    ]
}
