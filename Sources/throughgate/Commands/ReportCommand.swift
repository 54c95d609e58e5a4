import ArgumentParser
import HandoverPipeline
import HandoverRules
import Operations
import Postgres

/// What the people who run this ask for: domain.md §13.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Who leaves without a kit, how far people got, what was refused, what was reinforced.",
        discussion: """
            Figures follow the formulas K1 to K16. 1 to 4 are shown as <5, and what they could be worked out from \
            as *, unless --exact is given. A share of nothing is n/a. Read from the record tables, which follow the \
            hub within seconds.
            """,
        subcommands: [Worklist.self, Governor.self, Refusals.self, Reinforcement.self, Digest.self])

    struct Worklist: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Releases of the next 14 days without training or a kit, by prison, and when to offer again.",
            discussion: """
                A list of people with their prison numbers, for the prison that holds them and nobody else: give \
                --prison. Offers: three at most, seven days apart, and always once in the last 72 hours.
                """)
        @OptionGroup var settings: SettingsOption
        @OptionGroup var options: ReportOptions

        func run() throws {
            let today = options.from ?? ReportOptions.today
            let until = options.to ?? today.adding(days: Report.worklistDays)
            let scope = options.scope(today, until)
            try options.show(.worklist(ReportReader(settings.connection()).leaving(scope), scope, today: today))
        }
    }

    struct Governor: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The scorecard: the funnel K1 to K6 by wing regime, refusals, unplanned releases, kits.")
        @OptionGroup var settings: SettingsOption
        @OptionGroup var options: ReportOptions
        @OptionGroup var exposure: ExposureOption

        func run() throws {
            let scope = options.scope()
            let facts = try ReportReader(settings.connection()).governorFacts(scope)
            try options.show(.governor(facts, scope, exposure.exposure))
        }
    }

    struct Refusals: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Why training or a kit was refused, by wing regime, and how many accepted later.")
        @OptionGroup var settings: SettingsOption
        @OptionGroup var options: ReportOptions
        @OptionGroup var exposure: ExposureOption

        func run() throws {
            let scope = options.scope()
            let refusals = try ReportReader(settings.connection()).refusals(scope)
            try options.show(.refusals(refusals, scope, exposure.exposure))
        }
    }

    struct Reinforcement: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Key messages reinforced by day 14 (K13) and acknowledgements overdue, by recipient.")
        @OptionGroup var settings: SettingsOption
        @OptionGroup var options: ReportOptions
        @OptionGroup var exposure: ExposureOption

        func run() throws {
            let scope = options.scope()
            let released = try ReportReader(settings.connection()).released(scope)
            try options.show(.reinforcement(released, scope, now: Wall.now(), exposure.exposure))
        }
    }
}

extension ReportCommand {
    struct Digest: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Key messages and figures for a whole team: about no person, small numbers always hidden.",
            discussion: "For a body (--body), which need not have anybody's consent to receive it.")
        @OptionGroup var settings: SettingsOption
        @OptionGroup var options: ReportOptions

        func run() throws {
            guard let body = options.body else { throw ValidationError("--body is needed: whom the digest is for") }
            let connection = try settings.connection()
            let registers = try RegisterTables.load { try connection.query($0) }
            guard let provider = registers.providers[body] else {
                throw CommandFailure(.badInput, "--body: no such provider; see throughgate import providers")
            }
            let rules = try RegisterTables.loadRules { try connection.query($0) }
            let scope = options.scope()
            let released = try ReportReader(connection).released(scope)
            let isHealth = provider.kind == .drugService || provider.kind == .youngPeopleDrugService
            try options.show(
                .digest(
                    released, scope, audience: isHealth ? .drugService : .supervision, catalogue: rules.catalogue))
        }
    }
}

/// What a report is about, and how it is shown.
struct ReportOptions: ParsableArguments {
    @Option(name: .long, help: "Only this prison.", transform: ReportOptions.pattern) var prison: PrisonID?
    @Option(name: .long, help: "Only this area, such as E08000035.", transform: ReportOptions.pattern)
    var area: AuthorityID?
    @Option(name: .long, help: "Only this provider or supervising body.", transform: ReportOptions.pattern)
    var body: ProviderID?
    @Option(name: .long, help: "First day. Default: 28 days up to the last.", transform: ReportOptions.date)
    var from: LocalDate?
    @Option(name: .long, help: "Last day. Default: today.", transform: ReportOptions.date) var to: LocalDate?
    @Flag(name: .long, help: "Print CSV: the tables one behind the other.") var csv = false
    @Flag(name: .long, help: "Print JSON.") var json = false

    func validate() throws {
        if csv, json { throw ValidationError("--csv or --json, not both") }
        if let from, let to, from > to { throw ValidationError("--from must not be after --to") }
    }

    static var today: LocalDate { London.date(of: Wall.now()) }

    func scope() -> ReportScope {
        let last = to ?? max(ReportOptions.today, from ?? .init(daysSince1970: 0))
        return scope(from ?? last.adding(days: -27), last)
    }

    func scope(_ from: LocalDate, _ to: LocalDate) -> ReportScope {
        ReportScope(prison: prison, area: area, body: body, from: from, to: to)
    }

    func show(_ report: Report) throws {
        if json { return Console.say(json: report.json) }
        for line in csv ? report.csv : report.lines { Console.say(line) }
    }

    private static func pattern<Pattern: PatternText>(_ text: String) throws -> Pattern {
        guard let value = Pattern(text) else { throw ValidationError("\(Pattern.rule)") }
        return value
    }

    private static func date(_ text: String) throws -> LocalDate {
        guard let date = LocalDate(text) else { throw ValidationError("must be a date YYYY-MM-DD") }
        return date
    }
}

/// `--exact`.
struct ExposureOption: ParsableArguments {
    @Flag(name: .long, help: "Numbers as they are, for the prison or body itself; not to be passed on.")
    var exact = false

    var exposure: Exposure { exact ? .exact : .shared }
}

extension SettingsOption {
    /// A connection to the ledger.
    func connection() throws -> PostgresConnection { try PostgresConnection(load().postgres) }
}
