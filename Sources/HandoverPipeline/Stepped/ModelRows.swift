import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

/// What a model of the ledger has committed: the rows on which delivery rests. A value, so that a transaction works on
/// a copy, and an older state can be put back.
///
/// Not here: outcomes, data quality and the record's tables, which nothing of the delivery reads.
struct ModelRows {
    struct Lease {
        var generation: Int64
        var startCount: Int64
        var recordedThrough: Int64 = -1
        var publishedThrough: Int64 = -1
        var idleStarts: Int32 = 0
        var instance: String
    }

    struct EventRow {
        var received: PostgresTimestamp
        var position: SourcePosition
        var digest: [UInt8]
    }

    struct PersonRow {
        var snapshot: [UInt8]
        var keptUnder: String?
    }

    struct MessageRow {
        var stored: StoredMessage
        var subject: String
        var recipient: String?
        var isHeld: Bool
    }

    struct TimerRow {
        var subject: String
        var kind: String
        var cause: String
        var due: Instant
        var published: Instant?
    }

    struct Turn: Hashable {
        var kit: String
        var turn: Int16
    }

    var cluster: String?
    var leases: [TopicPartition: Lease] = [:]
    var events: [UUID: EventRow] = [:]
    var persons: [String: PersonRow] = [:]
    var claims: [Turn: String] = [:]
    /// In the order in which they were recorded.
    var messages: [MessageRow] = []
    var timers: [UUID: TimerRow] = [:]
    var rejected: [SourcePosition: Rejection] = [:]
    var rejections: [RejectionRow] = []
    var attempts: [SourcePosition: Int32] = [:]
    var registerVersion: Int64 = 1
    var reference = ReferenceData()
    var records: [NomsNumber: PersonRecord] = [:]
}

extension ModelRows {
    /// What is kept of these people, and who claims the kits they claim or that are named.
    func people(_ subjects: [String], _ kits: [String]) -> PeopleRows {
        var rows = PeopleRows()
        (rows.asked, rows.kits) = (subjects, kits)
        let asked = Set(subjects)
        for subject in subjects {
            if let record = records[NomsNumber(unchecked: subject)] {
                rows.records[NomsNumber(unchecked: subject)] = record
            }
            guard let person = persons[subject] else { continue }
            if let kept = person.keptUnder {
                rows.keptUnder[subject] = kept
            } else {
                rows.snapshots[subject] = person.snapshot
            }
        }
        for message in messages where message.isHeld && asked.contains(message.subject) {
            rows.heldStreams.insert(message.stored.stream)
        }
        let named = Set(kits).union(claims.filter { asked.contains($0.value) }.map(\.key.kit))
        for (turn, number) in claims.sorted(by: { ($0.key.kit, $0.key.turn) < ($1.key.kit, $1.key.turn) })
        where named.contains(turn.kit) {
            rows.claims.append(
                KitClaims.Claim(
                    kit: Label(unchecked: turn.kit), turn: Int(turn.turn), holder: NomsNumber(unchecked: number)))
        }
        return rows
    }

    mutating func hold(
        _ streams: [UUID], from versions: [Int32], timers: (_ subjects: Set<String>) -> Writing
    ) {
        var subjects: Set<String> = []
        for index in messages.indices {
            let message = messages[index]
            let isMeant = zip(streams, versions).contains {
                $0 == message.stored.stream && message.stored.version >= $1
            }
            guard isMeant, let person = persons[message.subject] else { continue }
            messages[index].isHeld = true
            messages[index].subject = person.keptUnder ?? message.subject
            subjects.insert(messages[index].subject)
        }
        for index in rejections.indices {
            let row = rejections[index]
            if zip(streams, versions).contains(where: { $0 == row.task && row.version >= $1 }) {
                rejections[index].held = true
            }
        }
        insertTimers(timers(subjects))
    }

    mutating func releaseHeld(_ subjects: [String], causes: [UUID]) -> [StoredMessage] {
        let cause = Dictionary(zip(subjects, causes)) { first, _ in first }
        var released: [StoredMessage] = []
        for index in messages.indices where messages[index].isHeld {
            guard let new = cause[messages[index].subject] else { continue }
            messages[index].isHeld = false
            messages[index].stored.cause = new
            released.append(messages[index].stored)
        }
        return released
    }

    /// Those of a version of a task know where the one before it was caused.
    func rejectionRows(_ isMeant: (RejectionRow) -> Bool) -> [RejectionRow] {
        rejections.filter(isMeant).map { row in
            var row = row
            row.predecessor =
                rejections.first { $0.task == row.task && $0.version == row.version - 1 }?.position
            return row
        }
    }
}
