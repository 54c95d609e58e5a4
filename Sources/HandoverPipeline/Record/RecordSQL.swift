import FoundationEssentials
import HandoverRules
import Postgres

/// Every SQL text of the record tables' projection. The hot path only appends to `record_due`; nothing here is waited
/// for by it.
enum RecordSQL {
    /// Who is next, oldest first; read without a lock.
    static func due(limit: Int) -> SQL {
        .named("record.due", "select seq, noms, attempts from record_due order by seq limit \(limit)")
    }

    /// One projector at a time, and for no longer than a transaction: a frozen one stops nobody.
    static let lock: SQL = .named(
        "record.lock", "select pg_try_advisory_xact_lock(hashtextextended('throughgate-record', 0))")

    /// Those still due; another instance may have been here meanwhile.
    static func take(_ sequence: [Int64]) -> SQL {
        .named("record.take", "delete from record_due where seq = any(\(sequence)) returning seq, noms")
    }

    /// Persons whose rows are not of their present state, and persons of whom nothing is kept any more.
    static func states(_ subjects: [String]) -> SQL {
        .named(
            "record.states",
            """
            select u.n, s.changes, case when s.merged_into is null then s.snapshot end, p.person_id is not null
            from unnest(\(subjects)) as u(n)
            left join person_state s on s.noms = u.n left join recorded_person p on p.noms = u.n
            where s.changes is distinct from p.changes or s.merged_into is not null
            """)
    }

    /// Kits that somebody else claims too. A query of its own for each claim, so that it is looked up by index whatever
    /// the plan was made on: as a semi-join it was planned on an empty table and read every claim for each.
    static func disputes(_ subjects: [String]) -> SQL {
        .named(
            "record.disputes",
            """
            select a.noms, a.kit_id from kit_claim a
            where a.noms = any(\(subjects))
                and (select b.noms from kit_claim b where b.kit_id = a.kit_id and b.noms <> a.noms limit 1) is not null
            """)
    }

    static func versions(_ threads: [UUID]) -> SQL {
        .named(
            "record.versions",
            """
            select stream_id, version, kind, priority, sent_at, ack_due_at, held from message
            where stream_id = any(\(threads)) and recipient_kind is not null
            """)
    }

    /// Everything of these persons goes; their new rows follow in the same transaction.
    static func forget(_ persons: [UUID]) -> SQL {
        .named("record.forget", "delete from recorded_person where person_id = any(\(persons))")
    }

    static func recognise(_ persons: [UUID], _ subjects: [String], _ changes: [Int64]) -> SQL {
        .named(
            "record.person",
            """
            insert into recorded_person (person_id, noms, changes)
            select * from unnest(\(persons), \(subjects), \(changes))
            """)
    }

    static func settled(_ subjects: [String]) -> SQL {
        .named("record.settled", "delete from record_fault where noms = any(\(subjects))")
    }

    static func again(_ subject: String, attempts: Int32) -> SQL {
        .named("record.again", "insert into record_due (noms, attempts) values (\(subject), \(attempts))")
    }

    static func fault(_ subject: String, _ code: String, _ constraint: String) -> SQL {
        .named(
            "record.fault",
            """
            insert into record_fault (noms, code, constraint_name) values (\(subject), \(code), \(constraint))
            on conflict (noms) do update
            set code = excluded.code, constraint_name = excluded.constraint_name, noticed_at = now()
            """)
    }

    /// Everybody is due, whatever their rows say.
    static let everybodyStale: SQL = .named("record.stale", "update recorded_person set changes = -1")
    static let everybodyDue: SQL = .named(
        "record.everybody",
        """
        insert into record_due (noms)
        select noms from (select noms from person_state union select noms from recorded_person) all_of_them
        order by noms
        """)
}
