import FoundationEssentials
import Postgres

// SQL of what is kept of people.
extension LedgerSQL {
    static func lockStates(_ subjects: [String]) -> SQL {
        .named(
            "person.lock",
            """
            select noms, snapshot, merged_into from person_state where noms = any(\(subjects)) order by noms for update
            """)
    }

    /// The same without waiting, for people found to be concerned once others are locked: whoever waited here could
    /// wait for somebody who waits for them.
    static func lockStatesAtOnce(_ subjects: [String]) -> SQL {
        .named(
            "person.lock.now",
            """
            select noms, snapshot, merged_into from person_state where noms = any(\(subjects))
            order by noms for update nowait
            """)
    }

    static func records(_ subjects: [String]) -> SQL {
        .named(
            "person.records",
            """
            select noms_number, name, date_of_birth, crn, pnc_id, nhs_number, gender, language, postcode,
                address_status, last_home_utla
            from person where noms_number = any(\(subjects))
            """)
    }

    /// A person who appeared meanwhile violates `person_state_pkey`, and the batch starts again.
    static func insertStates(_ subjects: [String], _ snapshots: [[UInt8]]) -> SQL {
        .named(
            "person.insert",
            """
            with due as (insert into record_due (noms) select unnest(\(subjects)))
            insert into person_state (noms, changes, snapshot) select unnest(\(subjects)), 1, unnest(\(snapshots))
            """)
    }

    static func updateStates(_ subjects: [String], _ snapshots: [[UInt8]]) -> SQL {
        .named(
            "person.update",
            """
            with due as (insert into record_due (noms) select unnest(\(subjects)))
            update person_state p set changes = p.changes + 1, snapshot = u.s, merged_into = null
            from (select unnest(\(subjects)) as n, unnest(\(snapshots)) as s) u where p.noms = u.n
            """)
    }

    /// Numbers of which nothing is kept and that are merged away. One who appeared meanwhile violates
    /// `person_state_pkey`, and the batch starts again.
    static func insertMerged(_ numbers: [String], into kept: [String]) -> SQL {
        .named(
            "person.merge.new",
            """
            with due as (insert into record_due (noms) select unnest(\(numbers)))
            insert into person_state (noms, changes, snapshot, merged_into)
            select n, 1, '', k from unnest(\(numbers), \(kept)) as u(n, k)
            """)
    }

    /// Numbers that are merged away; what was kept under them is kept under the other.
    static func updateMerged(_ numbers: [String], into kept: [String]) -> SQL {
        .named(
            "person.merge",
            """
            with due as (insert into record_due (noms) select unnest(\(numbers)))
            update person_state p set changes = p.changes + 1, snapshot = '', merged_into = u.k
            from unnest(\(numbers), \(kept)) as u(n, k) where p.noms = u.n
            """)
    }

    static func concern(_ numbers: [String], _ events: [UUID]) -> SQL {
        .named(
            "concern.insert",
            """
            insert into event_concern (noms, event_id) select * from unnest(\(numbers), \(events))
            on conflict do nothing
            """)
    }

    // MARK: Kits

    /// Everybody's claims on kits named here, and on those that these people claim. By arrays, so that it is looked up
    /// by index whatever the plan was made on: as a join it was planned on an empty table and read every claim.
    static func claims(_ subjects: [String], _ kits: [String]) -> SQL {
        .named(
            "claim.read",
            """
            select c.kit_id, c.turn, c.noms from kit_claim c
            where c.kit_id = any(
                array(select k.kit_id from kit_claim k where k.noms = any(\(subjects))) || \(kits)::text[])
            """)
    }

    /// Two who claim a kit at the same time collide on `kit_claim_pkey`, and one of the batches starts again.
    static func insertClaims(_ kits: [String], _ turns: [Int16], _ numbers: [String]) -> SQL {
        .named(
            "claim.insert",
            "insert into kit_claim (kit_id, turn, noms) select unnest(\(kits)), unnest(\(turns)), unnest(\(numbers))")
    }

    static func deleteClaims(_ kits: [String], _ numbers: [String]) -> SQL {
        .named(
            "claim.delete",
            """
            delete from kit_claim c using unnest(\(kits), \(numbers)) as u(k, n)
            where c.noms = u.n and c.kit_id = u.k
            """)
    }
}
