import FoundationEssentials
import HandoverRules
import Postgres

// Columns for `unnest`: one array a column, one element a row. PostgreSQL takes them in binary as they are.

struct EventColumns {
    var ids: [UUID] = []
    var subjects: [String] = []
    var types: [String] = []
    var occurred: [PostgresTimestamp] = []
    var published: [PostgresTimestamp] = []
    var received: [PostgresTimestamp] = []
    var topics: [String] = []
    var partitions: [Int32] = []
    var offsets: [Int64] = []
    var digests: [[UInt8]] = []
    var headers: [[UInt8]?] = []
    var values: [[UInt8]] = []
}

struct MessageColumns {
    var streams: [UUID] = []
    var versions: [Int32] = []
    var causes: [UUID] = []
    var subjects: [String] = []
    var spells: [UUID] = []
    var kinds: [String] = []
    var recipientKinds: [String?] = []
    var recipients: [String?] = []
    var priorities: [Int16?] = []
    var taskCodes: [String?] = []
    var sentAt: [PostgresTimestamp] = []
    var ackDueAt: [PostgresTimestamp?] = []
    var predTopics: [String?] = []
    var predPartitions: [Int32?] = []
    var predOffsets: [Int64?] = []
    var topics: [String] = []
    var headers: [[UInt8]] = []
    var bodies: [[UInt8]] = []
    var held: [Bool] = []
    var contentDigests: [[UInt8]?] = []
    var contactDueAt: [PostgresTimestamp?] = []
    var clockFrom: [PostgresTimestamp?] = []
    var ackFrom: [Int32?] = []
    var decidedFrom: [[UInt8]?] = []
    var closes: [Bool] = []
    var registerVersions: [Int64] = []
}

struct OutcomeColumns {
    var spells: [UUID] = []
    var scopes: [String] = []
    var subjects: [String] = []
    var states: [String] = []
    var reasons: [String] = []
    var released: [Bool] = []
    var decidedAt: [PostgresTimestamp] = []
    var causes: [UUID] = []
}

struct RejectedColumns {
    var topics: [String] = []
    var partitions: [Int32] = []
    var offsets: [Int64] = []
    var reasons: [String] = []
    var details: [String] = []
    var keys: [[UInt8]?] = []
    var values: [[UInt8]?] = []
    var headers: [[UInt8]] = []
    var times: [PostgresTimestamp] = []
    var attempts: [Int32] = []
}

struct ClaimColumns {
    var kits: [String] = []
    var turns: [Int16] = []
    var numbers: [String] = []

    mutating func add(_ claim: KitClaims.Claim) {
        kits.append(claim.kit.text)
        turns.append(Int16(clamping: claim.turn))
        numbers.append(claim.holder.text)
    }

    mutating func add(_ kit: String, _ number: String) {
        kits.append(kit)
        numbers.append(number)
    }
}

struct MergeColumns {
    var numbers: [String] = []
    var kept: [String] = []
}
