import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

// What the hub asks of its ledger outside a batch's transaction.
extension Ledger: LedgerCalls {
    func reference(_ settings: Rulebook) throws -> ReferenceData {
        try ReferenceData.load(settings) { try query($0) }
    }

    func rebuild(
        _ numbers: [String], except: [UUID], _ reference: ReferenceData, _ topics: Topics
    ) throws -> PersonRebuild.Result {
        let rebuild = PersonRebuild(topics: topics, registers: reference.registers, rules: reference.rules) {
            try self.query($0)
        }
        return try rebuild.rebuild(numbers, except: except)
    }

    // MARK: Leases and attempts

    func knowsAnotherCluster(than cluster: String) throws -> Bool {
        try !query(LedgerSQL.otherClusters(than: cluster)).isEmpty
    }

    func takeLeases(
        cluster: String, _ leases: LeaseColumns, generation: Int64, instance: String
    ) throws -> [TakenLease] {
        try query(
            LedgerSQL.takeLeases(
                cluster: cluster, leases.topics, leases.partitions, generation: generation, instance: instance)
        ).map { TakenLease(lease: try LeaseRow(row: $0), idleStarts: try $0[6]) }
    }

    func advanceLeases(
        cluster: String, _ leases: LeaseColumns, recorded: [Int64], published: [Int64], trusted: [Bool]
    ) throws {
        _ = try query(
            LedgerSQL.advanceLeases(
                cluster: cluster, leases.topics, leases.partitions, recorded: recorded, published: published,
                trusted: trusted))
    }

    func countStarts(cluster: String, _ leases: LeaseColumns, by step: Int32) throws {
        _ = try query(LedgerSQL.countStarts(cluster: cluster, leases.topics, leases.partitions, by: step))
    }

    func countAttempt(at position: SourcePosition) throws -> Int32 {
        try query(
            LedgerSQL.countAttempt(topic: position.topic, partition: position.partition, offset: position.offset)
        ).only()[0]
    }

    func takeAttemptBack(at position: SourcePosition) throws {
        _ = try query(
            LedgerSQL.takeAttemptBack(topic: position.topic, partition: position.partition, offset: position.offset))
    }

    func forgetAttempts(through position: SourcePosition) throws {
        _ = try query(
            LedgerSQL.forgetAttempts(topic: position.topic, partition: position.partition, through: position.offset))
    }

    // MARK: Timers and publication

    func claimTimers(due: Instant, publishedBefore before: Instant, limit: Int) throws -> [DueTimer] {
        try DueTimers.read(query(LedgerSQL.claimTimers(due: due.postgres, before: before.postgres, limit: limit)))
    }

    func largestReceived() throws -> Instant? {
        let largest: PostgresTimestamp? = try query(LedgerSQL.largestReceived).only()[0]
        return largest.map { Instant(microseconds: $0.microseconds) }
    }

    func hold(_ streams: [UUID], from versions: [Int32], timers: (_ subjects: Set<String>) -> Writing) throws {
        _ = try query(LedgerSQL.begin)
        _ = try query(LedgerSQL.lockPersons(of: streams))
        let rows = try query(LedgerSQL.hold(streams, from: versions))
        _ = try query(LedgerSQL.holdRejections(streams, from: versions))
        let writing = timers(Set(try rows.map { try $0.text(0) }))
        _ = try query(
            LedgerSQL.insertTimers(
                writing.timerIDs, writing.timerSubjects, writing.timerKinds, writing.timerCauses, writing.timerDue))
        _ = try query(LedgerSQL.commit)
    }

    func sealingKeys() throws -> SealingKeys {
        // Read before the keys: a change in between is read again with the next version.
        let version: Int64 = try query(LedgerSQL.registerVersion).only()[0]
        return try SealingKeys(version: version) { try query($0) }
    }
}
