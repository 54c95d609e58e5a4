import HandoverRules

/// A register that `import` takes (contract.md §9); the raw value is its name on the command line.
public enum RegisterKind: String, CaseIterable, Sendable {
    case people, prisons, providers, coverage, postcodes, offices, rules, actions
    case keyMessages = "key-messages"
    case movementReasons = "movement-reasons"
    case bankHolidays = "bank-holidays"

    /// Names of the columns that a file must have, and those that it may have.
    public var columns: (required: [String], optional: [String]) {
        let all = table.columns
        return (all.filter(\.isRequired).map(\.name), all.filter { !$0.isRequired }.map(\.name))
    }
}

/// How a register lies in the ledger's database.
struct RegisterTable: Sendable {
    var name: String
    var key: [String]
    var columns: [RegisterColumn]
    /// Columns that name a row of another register, and that register.
    var references: [(column: String, table: String, key: String, words: String)] = []
    /// What an empty field stands for where the table has no null.
    var emptyMeans: [String: String] = [:]
    /// Set to now() on every row that changes.
    var stamp: String?
    /// What single columns cannot tell of a row: the column at fault and the rule, nil where nothing is.
    var checkRow: (@Sendable (_ field: (String) -> String?) -> (column: String, rule: String)?)?
    /// What must hold of the rows once they are stored: a query of the line at fault, the column and the rule.
    var conditions: [(query: String, column: String, words: String)] = []
    /// Its rows are words that people are told, under a version.
    var holdsWords = false
}

extension RegisterKind {
    var table: RegisterTable {
        switch self {
        case .people: RegisterKind.peopleTable
        case .prisons:
            RegisterTable(
                name: "prison", key: ["prison_id"],
                columns: [
                    .pattern("prison_id", PrisonID.self), .text("name"), .flag("active"),
                    .date("onboarded_from").optional, .text("thn_lead_contact").optional,
                    .span("release_hold").optional,
                ])
        case .providers: RegisterKind.providersTable
        case .coverage:
            RegisterTable(
                name: "coverage", key: ["provider_id", "utla", "pathway", "age_band", "valid_from"],
                columns: [
                    .pattern("provider_id", ProviderID.self), .pattern("utla", AuthorityID.self),
                    .code("pathway", Pathway.self), .code("age_band", AgeBand.self), .number("rank", 1...1000),
                    .date("valid_from"), .date("valid_to").optional,
                ],
                references: [RegisterKind.toProvider])
        case .postcodes:
            RegisterTable(
                name: "postcode_area", key: ["outcode"],
                columns: [
                    .text("outcode", max: 4), .pattern("utla", AuthorityID.self), .text("nation", max: 30),
                    .share("share").optional,
                ])
        case .movementReasons:
            RegisterTable(
                name: "movement_reason", key: ["code", "direction"],
                columns: [
                    .text("code", max: 16), .code("direction", MovementDirection.self).orEmpty,
                    .text("class", max: 64), .code("release_reason", ReleaseReason.self).optional,
                ],
                emptyMeans: ["direction": "'both'"])
        case .rules: RegisterKind.rulesTable
        case .keyMessages: RegisterKind.keyMessagesTable
        case .actions: RegisterKind.actionsTable
        case .bankHolidays:
            RegisterTable(
                name: "bank_holiday", key: ["nation", "date"],
                columns: [.code("nation", HolidayNation.self), .date("date"), .text("name")])
        case .offices:
            RegisterTable(
                name: "office", key: ["office_code"],
                columns: [
                    .text("office_code", max: 64), .pattern("provider_id", ProviderID.self),
                    .pattern("utla", AuthorityID.self), .text("name").optional,
                ],
                references: [RegisterKind.toProvider])
        }
    }

    private static let toProvider = (
        column: "provider_id", table: "provider", key: "provider_id", words: "names no provider; import providers first"
    )

    private static let peopleTable = RegisterTable(
        name: "person", key: ["noms_number"],
        columns: [
            .pattern("noms_number", NomsNumber.self), .text("name"), .date("date_of_birth"),
            .text("crn", max: 64).optional, .text("pnc_id", max: 64).optional, .text("nhs_number", max: 64).optional,
            .text("gender", max: 64).optional, .text("language", max: 64).optional,
            .pattern("postcode", Postcode.self).optional, .code("address_status", AddressStatus.self).optional,
            .pattern("last_home_utla", AuthorityID.self).optional,
        ],
        stamp: "updated_at")

    private static let providersTable = RegisterTable(
        name: "provider", key: ["provider_id"],
        columns: [
            .pattern("provider_id", ProviderID.self), .code("kind", ProviderKind.self), .text("name"),
            .date("valid_from"), .date("valid_to").optional, .pattern("utla", AuthorityID.self).optional,
            .text("contact").optional, .text("out_of_hours_contact").optional,
            .text("webhook_url", max: 2000).optional, .text("public_key_file", max: 1000).optional,
            .flag("nasal_stocked").optional,
        ],
        emptyMeans: ["nasal_stocked": "false"])
}
