import FoundationEssentials
import Postgres

// SQL of messages: what was decided to be said.
extension LedgerSQL {
    static func heldStreams(_ subjects: [String]) -> SQL {
        .named(
            "message.held",
            "select distinct stream_id from message where held and subject = any(\(subjects))")
    }

    static let messageColumns = """
        stream_id, version, kind, recipient_kind, priority, task_code, pred_topic, pred_partition, pred_offset,
        topic, headers, body, caused_by
        """

    static func messages(causedBy events: [UUID]) -> SQL {
        .named(
            "message.stored",
            """
            select \(unsafeRaw: messageColumns) from message where caused_by = any(\(events)) and not held order by seq
            """)
    }

    /// Held messages of these persons get the retry's event as their new cause and go out with it.
    static func releaseHeld(_ subjects: [String], _ causes: [UUID]) -> SQL {
        .named(
            "message.release",
            """
            with released as (
                update message m set held = false, caused_by = u.c
                from unnest(\(subjects), \(causes)) as u(s, c) where m.held and m.subject = u.s returning m.*)
            select \(unsafeRaw: messageColumns) from released order by seq
            """)
    }

    /// Persons whose streams are about to be held, and those under whom they are kept: with them locked no recorder can
    /// decide a version that does not know of it.
    static func lockPersons(of streams: [UUID]) -> SQL {
        .named(
            "message.hold.lock",
            """
            select p.noms from person_state p
            where p.noms in (
                select unnest(array[o.noms, o.merged_into]) from message m join person_state o on o.noms = m.subject
                where m.stream_id = any(\(streams)))
            order by p.noms for update
            """)
    }

    /// What is held is kept under the number that is kept, so that its retry finds it.
    static func hold(_ streams: [UUID], from versions: [Int32]) -> SQL {
        .named(
            "message.hold",
            """
            update message m set held = true, subject = coalesce(p.merged_into, m.subject)
            from unnest(\(streams), \(versions)) as u(s, v), person_state p
            where m.stream_id = u.s and m.version >= u.v and p.noms = m.subject returning m.subject
            """)
    }

    /// What is held of people who are kept under another number now.
    static func moveHeld(_ numbers: [String], to kept: [String]) -> SQL {
        .named(
            "message.held.move",
            """
            update message m set subject = u.k from unnest(\(numbers), \(kept)) as u(n, k)
            where m.held and m.subject = u.n
            """)
    }

    static func moveOutcomes(_ spells: [UUID], to kept: [String]) -> SQL {
        .named(
            "outcome.move",
            """
            update outcome o set subject = u.k from unnest(\(spells), \(kept)) as u(s, k) where o.spell = u.s
            """)
    }

    /// Whom a handover or a task is about, and who may answer for it.
    static func addressees(_ streams: [UUID]) -> SQL {
        .named(
            "message.addressee",
            "select stream_id, subject, recipient_id from message where stream_id = any(\(streams)) and version = 1")
    }

    static func insertMessages(_ m: MessageColumns) -> SQL {
        .named(
            "message.insert",
            """
            insert into message (stream_id, version, caused_by, subject, spell, kind, recipient_kind, recipient_id,
                priority, task_code, sent_at, ack_due_at, pred_topic, pred_partition, pred_offset, topic, headers,
                body, held, content_digest, contact_due_at, clock_from, ack_from, decided_from, closes,
                register_version)
            select unnest(\(m.streams)), unnest(\(m.versions)), unnest(\(m.causes)), unnest(\(m.subjects)),
                unnest(\(m.spells)), unnest(\(m.kinds)), unnest(\(m.recipientKinds)), unnest(\(m.recipients)),
                unnest(\(m.priorities)), unnest(\(m.taskCodes)), unnest(\(m.sentAt)), unnest(\(m.ackDueAt)),
                unnest(\(m.predTopics)), unnest(\(m.predPartitions)), unnest(\(m.predOffsets)), unnest(\(m.topics)),
                unnest(\(m.headers)), unnest(\(m.bodies)), unnest(\(m.held)), unnest(\(m.contentDigests)),
                unnest(\(m.contactDueAt)), unnest(\(m.clockFrom)), unnest(\(m.ackFrom)), unnest(\(m.decidedFrom)),
                unnest(\(m.closes)), unnest(\(m.registerVersions))
            """)
    }
}
