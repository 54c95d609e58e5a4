import EventContracts
import ExactlyOnceKafka
import FaultTrials
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

extension TestHub {
    /// Puts the people of a crowd into the prisoners' record.
    func register(_ crowd: Crowd) throws {
        let noms = crowd.people.map(\.noms.text), names = crowd.people.map(\.name)
        _ = try query(
            """
            insert into person (noms_number, name, date_of_birth, postcode)
            select n, m, '1989-02-11', 'LS9 7QZ' from unnest(\(noms), \(names)) as u(n, m)
            """)
    }

    var drugTopic: String { topics.prefix + "handover.drug-service.prov-leeds" }
    var supervisionTopic: String { topics.prefix + "handover.supervision.ps-yh" }

    /// What readers saw on the topics of handovers and tasks.
    func seen() throws -> [(topic: String, record: KafkaRecord)] {
        try [drugTopic, supervisionTopic, topics.hubTasks, topics.tasks(of: PrisonID(unchecked: "MDI"))]
            .flatMap { topic in try read(topic).map { (topic, $0) } }
    }

    /// What the ledger says was decided.
    func decided() throws -> [TrialCheck.Output] {
        try query(
            """
            select stream_id, version, body from (
                select seq, stream_id, version, body from message where not held
                union all select seq, task_id, version, body from rejection_message where not held) m
            order by seq
            """
        ).map { row in
            TrialCheck.Output(
                stream: (try row[0] as UUID).uuidString.lowercased(), version: Int(try row[1] as Int32),
                body: try row[2])
        }
    }

    /// Faults between the two that do not go away: while a hub runs, clocks go on, and what they lead to may be decided
    /// and on its way just now.
    func deliveryFaults() throws -> Set<TrialCheck.Fault> {
        var faults: Set<TrialCheck.Fault> = []
        _ = try HubWait.until(15) {
            faults = try faultsNow()
            return faults.isEmpty
        }
        return faults
    }

    private func faultsNow() throws -> Set<TrialCheck.Fault> {
        var check = TrialCheck()
        check.decided = try decided()
        check.seen = try seen().map { TrialCheck.Output(id: $0.record.text("ce_id"), body: $0.record.value ?? []) }
        return check.faults
    }

    /// Changes something by hand.
    func change(_ sql: SQL) throws { _ = try query(sql) }

    /// Publishes, runs a hub until `total` events are recorded and everything is committed, and stops it in order.
    func run(_ events: [Event], total: Int) throws {
        try publish(events)
        try start()
        defer { stop() }
        let done = try HubWait.until(40) { try isDone(total) }
        #expect(done, "\(log.lines.suffix(30))")
        outcomes = hub?.status.snapshot.events.reduce(into: [:]) { $0[$1.key.outcome, default: 0] += $1.value } ?? [:]
    }

    /// Whether everything published is recorded and its offsets are committed.
    func isDone(_ published: Int) throws -> Bool {
        let rows = try query(
            "select count(*) filter (where type <> 'hub.timer.fired')::int8 from event")
        guard try rows.only()[0] as Int64 + rejectedCount() >= Int64(published) else { return false }
        return try isCommitted()
    }

    /// Whether the group's offsets are at the ends of all inbound partitions, or all but one.
    func isCommitted(except left: TopicPartition? = nil) throws -> Bool {
        let group = try GroupOffsets(configuration: TestHub.kafka(bed), group: topics.prefix + self.group)
        let reader = try TopicReader(configuration: TestHub.kafka(bed))
        for topic in topics.inbound {
            let places = try reader.partitions(of: topic).filter { $0 != left }
            let ends = try reader.watermarks(places), committed = try group.committed(places)
            for place in places {
                let next = committed[place].flatMap { $0 } ?? 0
                if next < ends[place]?.end ?? 0 { return false }
            }
        }
        return true
    }

    private func rejectedCount() throws -> Int64 {
        try query("select count(*)::int8 from rejected").only()[0]
    }

    /// The last body of each handover of one kind by prison number.
    func latest(_ topic: String) throws -> [String: [String: Any]] {
        var latest: [String: [String: Any]] = [:]
        var holders: [String: String] = [:]
        for record in try read(topic) {
            guard
                let body = try JSONSerialization.jsonObject(with: Data(record.value ?? [])) as? [String: Any],
                let id = body["handoverId"] as? String
            else { continue }
            if let noms = (body["person"] as? [String: Any])?["noms"] as? String { holders[id] = noms }
            if let noms = holders[id] { latest[noms] = body }
        }
        return latest
    }
}

extension Crowd {
    var eventCount: Int { people.reduce(0) { $0 + $1.events.count } }

    /// Compares what the drug service and supervision hold at the end with how each story was made.
    func check(_ test: TestHub) throws {
        let drug = try test.latest(test.drugTopic), supervision = try test.latest(test.supervisionTopic)
        for person in people {
            let held = drug[person.noms.text]
            let kit = (held?["thn"] as? [String: Any])?["kitAtRelease"] as? String
            let kind = held?["kind"] as? String
            switch person.ending {
            // The refusal and the plan lie on different topics: a plan told first is stood down, never left standing.
            case .noConsent: #expect(held == nil || kind == "STOOD_DOWN")
            case .noKit:
                #expect(kind == "RELEASED" && kit == "NO")
                #expect(held?["priority"] as? String == "P1")
            case .kitAtTheGate, .kitReportedLate: #expect(["RELEASED", "CORRECTION"].contains(kind) && kit == "YES")
            }
            #expect(["RELEASED", "CORRECTION"].contains(supervision[person.noms.text]?["kind"] as? String))
        }
    }
}
