import Foundation
import HandoverPipeline
import HandoverRules
import Operations
import Postgres

/// What the hub needs of PostgreSQL: the schema, a clock that agrees, and the registers.
struct LedgerCheck {
    private let settings: Settings

    /// Apart by more than this, PostgreSQL's clock and ours make deadlines look odd; by more than a minute, wrong.
    private static let skewNoticed = 2.0
    private static let skewMax = 60.0

    init(_ settings: Settings) { self.settings = settings }

    func findings() -> [Finding] {
        do {
            let connection = try PostgresConnection(settings.postgres)
            var findings = [Finding("postgres", .ok, settings.postgres.target), try clock(connection)]
            let schema = try Migrator(LedgerMigrations.all).status(on: connection)
            guard schema.isCurrent else {
                let remedy =
                    schema.isNewerThanProgram
                    ? "it was migrated by a newer program" : "run `throughgate migrate`"
                return findings + [Finding("schema", .failed, "is not this program's; \(remedy)")]
            }
            findings.append(Finding("schema", .ok, "\(schema.applied.count) migrations applied"))
            return findings + (try rights(connection)) + (try registers(connection)) + (try rules(connection))
                + (try waiting(connection))
        } catch {
            return [Finding("postgres", error)]
        }
    }

    private func clock(_ connection: PostgresConnection) throws -> Finding {
        let before = Wall.now()
        let server: PostgresTimestamp = try connection.query("select clock_timestamp()").only()[0]
        let middle = before.microseconds + (Wall.now().microseconds - before.microseconds) / 2
        let skew = Double(server.microseconds - middle) / 1_000_000
        let text = "PostgreSQL's clock is " + String(format: "%+.1f s", skew) + " from this machine's"
        if abs(skew) > LedgerCheck.skewMax { return Finding("clock", .failed, text + "; set both by NTP") }
        return Finding("clock", abs(skew) > LedgerCheck.skewNoticed ? .warning : .ok, text)
    }

    /// A right that is missing stops the hub at some statement; one too many is said, and the hub runs.
    private func rights(_ connection: PostgresConnection) throws -> [Finding] {
        let faults = try LedgerRights.faults(on: connection)
        let findings = faults.map { fault in
            switch fault.kind {
            case .missing:
                Finding(
                    "rights", .failed,
                    "\(fault.role) lacks \(fault.right); run `throughgate migrate` as the owner of the tables")
            case .excess:
                Finding("rights", .warning, "\(fault.role) has \(fault.right), which it does not need; revoke it")
            }
        }
        guard let warning = try LedgerRights.warning(on: connection) else {
            return findings.isEmpty ? [Finding("rights", .ok, "what each role needs and no more")] : findings
        }
        return [Finding("rights", .warning, warning)] + findings
    }

    /// Empty tables are fine: what is built in is in force.
    private func rules(_ connection: PostgresConnection) throws -> [Finding] {
        var findings: [Finding] = []
        let names = try connection.query("select name from rule_value order by name").map { try $0.text(0) }
        let unknown = names.filter { RuleConstant.named($0) == nil }
        if !unknown.isEmpty {
            findings.append(
                Finding(
                    "rules", .warning,
                    "this program has no constant \(unknown.joined(separator: ", ")); what was imported is ignored"))
        }
        let rulebook = try RegisterTables.loadRules { try connection.query($0) }
        let changed = RuleConstant.all.filter { $0.value(in: rulebook) != $0.value(in: .standard) }.map(\.name)
        findings.append(
            Finding(
                "rules", .ok,
                changed.isEmpty ? "built-in constants" : "other than built in: \(changed.joined(separator: ", "))"))
        let signed: Int = try connection.query(
            """
            select count(distinct id) from key_message k
            where not exists (select from key_message d where d.id = k.id and d.status <> 'signed-off')
            """
        ).only()[0]
        let messages = rulebook.catalogue.messages.count
        let text = "catalogue \(rulebook.catalogue.version), \(signed) of \(messages) key messages signed off"
        return findings + [
            Finding(
                "words", signed < messages ? .warning : .ok,
                text + (signed < messages ? "; have the drafts reviewed before live use" : ""))
        ]
    }

    /// What should have left or been made long ago.
    private func waiting(_ connection: PostgresConnection) throws -> [Finding] {
        let row = try connection.query(
            """
            select (select count(*) from outbox where created_at < now() - interval '10 minutes'),
                (select count(*) from record_fault)
            """
        ).only()
        let outbox: Int = try row[0], faults: Int = try row[1]
        var findings: [Finding] = []
        if outbox > 0 {
            findings.append(
                Finding("outbox", .warning, "\(outbox) events wait since 10 minutes; a running hub publishes them"))
        }
        if faults > 0 {
            findings.append(
                Finding(
                    "record tables", .warning, "\(faults) people's rows were refused by a constraint; see record_fault")
            )
        }
        return findings
    }

    private func registers(_ connection: PostgresConnection) throws -> [Finding] {
        let row = try connection.query(
            """
            select (select count(*) from prison), (select count(*) from provider), (select count(*) from coverage),
                (select count(*) from postcode_area), (select count(*) from movement_reason),
                (select count(*) from bank_holiday), (select count(*) from person), (select count(*) from office),
                (select count(*) from prison where onboarded_from is not null),
                (select max(date) from bank_holiday)
            """
        ).only()
        let kinds: [RegisterKind] = [
            .prisons, .providers, .coverage, .postcodes, .movementReasons, .bankHolidays, .people, .offices,
        ]
        var findings: [Finding] = []
        var present: [String] = []
        for (index, kind) in kinds.enumerated() {
            let count: Int = try row[index]
            if count > 0 { present.append("\(count) \(kind.rawValue)") }
            guard count == 0, kind != .offices else { continue }
            // Handovers leave without a person's record, and are corrected; without the others they cannot be routed.
            findings.append(
                Finding(
                    "reference data", kind == .people ? .warning : .failed,
                    "no \(kind.rawValue); run `throughgate import \(kind.rawValue) FILE.csv`"))
        }
        if let onboarded: Int = try row[8], onboarded == 0 {
            findings.append(Finding("reference data", .warning, "no prison is onboarded: nothing will be sent"))
        }
        if let last: PostgresDate = try row[9], let days = daysLeft(last), days < 60 {
            findings.append(
                Finding("reference data", .warning, "bank holidays end within 60 days; import the next years"))
        }
        let summary = present.isEmpty ? "none" : present.joined(separator: ", ")
        return [Finding("reference data", .ok, summary)].filter { _ in !present.isEmpty } + findings
    }

    private func daysLeft(_ date: PostgresDate) -> Int? {
        date.daysSince1970 - Int(Wall.now().microseconds / 86_400_000_000)
    }
}
