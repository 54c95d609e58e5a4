import BrokerModel
import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules

extension PipelineSimulation {
    /// Runs, and answers what is wrong, sorted; and whether people's last words could be judged.
    func judged(steps: Int) throws -> (faults: [String], areEndingsJudged: Bool) {
        try run(steps: steps)
        var found = try faults().map { "\($0)" }.sorted() + trespasses
        let refused = try ledger.sight().rejected.count
        let areEndingsJudged = refused == estate.refusals
        if areEndingsJudged { found += try wrongEndings() }
        if found.isEmpty, let model = ledger as? SimulatedModelLedger { found += try afterwards(model) + trespasses }
        return (found, areEndingsJudged)
    }

    private var trespasses: [String] { ledger.stepped.trespasses.map { "recorded without its lease: \($0)" } }

    /// Every inbound record with what was decided about it, and everything that a reader sees.
    func faults() throws -> Set<DeliveryChecker.Fault> {
        let sight = try ledger.sight()
        return DeliveryChecker(
            inputs: inputs(sight), visible: visible,
            committed: sources.reduce(into: [:]) {
                $0[$1] = cluster.committedOffset(PipelineSimulation.group, $1)
            },
            aborted: outbound.reduce(into: [:]) { $0.merge(cluster.aborted($1)) { $1 } }
        ).faults()
    }

    private func inputs(_ sight: LedgerSight) -> [DeliveryChecker.Input] {
        let said = Dictionary(grouping: sight.said.filter { !$0.isHeld }, by: \.position)
        let recorded = Set(sight.events.values)
        return topics.inbound.flatMap(cluster.visible).map { record in
            let position = SourcePosition(topic: record.topic, partition: record.partition, offset: record.offset)
            var outputs: [String]? = nil
            var bodies: [String: [UInt8]] = [:]
            if sight.rejected[position] != nil { outputs = ["rejected \(position)"] }
            if recorded.contains(position) || PipelineSimulation.isRepeat(record, sight) { outputs = outputs ?? [] }
            for message in said[position] ?? [] {
                outputs?.append(message.id)
                bodies[message.id] = message.body
            }
            return DeliveryChecker.Input(
                source: record.source, offset: record.offset, outputs: outputs, bodies: bodies)
        }
    }

    /// An event that is recorded under its id at another place.
    private static func isRepeat(_ record: KafkaRecord, _ sight: LedgerSight) -> Bool {
        let id = UUID(uuidString: String(decoding: record.header("ce_id") ?? [], as: UTF8.self))
        return id.map { sight.events[$0] != nil } ?? false
    }

    var visible: [DeliveryChecker.Output] {
        outbound.flatMap(cluster.visible).map { record in
            guard record.topic == topics.rejected else { return DeliveryChecker.Output(message: record) }
            let place = ["topic", "partition", "offset"].map {
                String(decoding: record.header("tg_source_" + $0) ?? [], as: UTF8.self)
            }
            let id = "rejected " + place.joined(separator: "/")
            return DeliveryChecker.Output(id: id, place: record.source, offset: record.offset, key: id, sequence: 0)
        }
    }

    /// People for whom the drug service's last word is not what their story ends in: the check that does not rest on
    /// what the ledger says.
    func wrongEndings() throws -> [String] {
        let held = try latest("handover.drug-service.prov-leeds")
        return estate.crowd.people.compactMap { person in
            let word = held[person.noms.text]
            let isRight =
                switch person.ending {
                case .noConsent: word == nil || word?.kind == "STOOD_DOWN"
                case .noKit: word?.kind == "RELEASED" && word?.kit == "NO" || word?.kind == "CORRECTION"
                case .kitAtTheGate, .kitReportedLate: word?.kit == "YES"
                }
            return isRight ? nil : "\(person.ending): \(word?.kind ?? "nothing") \(word?.kit ?? "")"
        }
    }

    private func latest(_ topic: String) throws -> [String: (kind: String?, kit: String?)] {
        var latest: [String: (kind: String?, kit: String?)] = [:]
        var holders: [String: String] = [:]
        for record in cluster.visible(topic) {
            guard
                let body = try JSONSerialization.jsonObject(with: Data(record.value ?? [])) as? [String: Any],
                let id = body["handoverId"] as? String
            else { continue }
            if let noms = (body["person"] as? [String: Any])?["noms"] as? String { holders[id] = noms }
            guard let noms = holders[id] else { continue }
            latest[noms] = (body["kind"] as? String, (body["thn"] as? [String: Any])?["kitAtRelease"] as? String)
        }
        return latest
    }
}
