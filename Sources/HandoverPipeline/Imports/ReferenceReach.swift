import HandoverRules
import Postgres

/// Which people with a live spell an import concerns: those whose record it changes, and those whose way to a
/// recipient rests on a row that it changes (domain.md §7.2, reference.changed). A spell is live until its release is
/// as long ago as threads stay open. Somebody whose record tables are behind counts as concerned: being looked at again
/// changes nothing that need not change.
///
/// Asked before the rows are stored, while what stood there can still be seen. What it costs grows with the rows that
/// change and the people concerned, never with all people.
struct ReferenceReach {
    let change: ReferenceChange
    /// Selects prison numbers, each once.
    let query: SQL

    /// nil where rows of the register concern nobody by themselves, or the file has no column that does.
    init?(_ kind: RegisterKind, columns names: [String], liveSince day: LocalDate) {
        let since = PostgresDate(daysSince1970: Int(day.daysSince1970))
        switch kind {
        case .people:
            change = .person
            query = ReferenceReach.people(ReferenceReach.changed(kind.table, names, of: nil), since)
        case .coverage:
            change = .route
            let rows = ReferenceReach.changed(kind.table, names, of: nil)
            query = ReferenceReach.areas("select utla from (\(rows)) c", since)
        case .providers:
            change = .route
            let rows = ReferenceReach.changed(
                kind.table, names, of: ["kind", "valid_from", "valid_to", "utla", "nasal_stocked"])
            query = ReferenceReach.areas(
                """
                select v.utla from (\(rows)) c join coverage v using (provider_id)
                union select p.utla from (\(rows)) c join provider p using (provider_id) where p.utla is not null
                """ + (names.contains("utla") ? " union select utla from (\(rows)) c where utla is not null" : ""),
                since)
        case .postcodes, .offices:
            change = .route
            let rows = ReferenceReach.changed(kind.table, names, of: nil), table = kind.table
            query = ReferenceReach.areas(
                """
                select utla from (\(rows)) c
                union select t.utla from (\(rows)) c join \(table.name) t using (\(table.key[0])) union select null
                """, since)
        case .prisons:
            guard names.contains("onboarded_from") || names.contains("release_hold") else { return nil }
            change = .route
            query = ReferenceReach.prisons(
                ReferenceReach.changed(kind.table, names, of: ["onboarded_from", "release_hold"]), since)
        case .movementReasons, .bankHolidays, .rules, .keyMessages, .actions: return nil
        }
    }

    /// The rows of the file that are new, or differ in one of these columns (nil: in any) from what is stored.
    private static func changed(_ table: RegisterTable, _ names: [String], of columns: [String]?) -> String {
        let rest = names.filter { !table.key.contains($0) && (columns?.contains($0) ?? true) }
        let on = table.key.map { "t.\($0) = i.\($0)" }.joined(separator: " and ")
        let stored = rest.map { "t.\($0)" }.joined(separator: ", ")
        let given = rest.map { "i.\($0)" }.joined(separator: ", ")
        let differ = rest.isEmpty ? "" : " or row(\(stored)) is distinct from row(\(given))"
        return """
            select i.* from incoming i left join \(table.name) t on \(on) where t.\(table.key[0]) is null\(differ)
            """
    }

    private static func people(_ rows: String, _ since: PostgresDate) -> SQL {
        """
        select s.noms from (\(unsafeRaw: rows)) c join person_state s on s.noms = c.noms_number
        where s.merged_into is null and (
            not exists (select from recorded_person r where r.noms = s.noms and r.changes = s.changes)
            or exists (select from recorded_person r join episode e using (person_id)
                where r.noms = s.noms and (e.is_open or e.released_on >= \(since))))
        order by s.noms
        """
    }

    /// - Parameter areas: selects authorities; a null stands for people whose area is not known.
    private static func areas(_ areas: String, _ since: PostgresDate) -> SQL {
        """
        with area as materialized (\(unsafeRaw: areas))
        select r.noms from episode e join recorded_person r using (person_id)
        where e.utla in (select utla from area) and (e.is_open or e.released_on >= \(since))
        union select r.noms from episode e join recorded_person r using (person_id)
        where e.utla is null and (e.is_open or e.released_on >= \(since))
            and exists (select from area where utla is null)
        union select noms from record_due where exists (select from area where utla is not null)
        order by 1
        """
    }

    private static func prisons(_ rows: String, _ since: PostgresDate) -> SQL {
        """
        with place as materialized (select prison_id from (\(unsafeRaw: rows)) c)
        select r.noms from episode e join recorded_person r using (person_id)
        where e.is_open and coalesce(e.planned_prison_id, e.prison_id) in (select prison_id from place)
        union select r.noms from episode e join recorded_person r using (person_id)
        where e.release_prison_id in (select prison_id from place) and e.released_on >= \(since)
        union select noms from record_due where exists (select from place)
        order by 1
        """
    }
}
