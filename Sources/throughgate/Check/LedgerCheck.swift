import Foundation
import HandoverPipeline
import HandoverRules
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
            return findings + (try registers(connection))
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
