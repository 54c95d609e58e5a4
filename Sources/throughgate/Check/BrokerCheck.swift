import EventContracts
import ExactlyOnceKafka

/// What the hub needs of the cluster.
struct BrokerCheck {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    func findings() -> [Finding] {
        do {
            let admin = try TopicAdmin(configuration: settings.kafka, clientName: "throughgate-check")
            let brokers = try admin.brokers().count
            let cluster = try admin.clusterID()
            return [Finding("broker", .ok, "\(brokers) brokers, cluster \(cluster)")] + topics(try admin.topics())
        } catch {
            return [Finding("broker", error)]
        }
    }

    private func topics(_ found: [TopicDescription]) -> [Finding] {
        let inbound = Topics(prefix: settings.topicPrefix).inbound
        let present = found.filter { inbound.contains($0.name) }
        var findings: [Finding] = []
        for topic in present {
            guard let error = topic.error else { continue }
            findings.append(Finding("topics", .failed, "\(topic.name): \(error.message)"))
        }
        let missing = inbound.filter { name in !present.contains { $0.name == name } }
        if !missing.isEmpty {
            findings.append(
                Finding(
                    "topics", .failed, "missing: \(missing.joined(separator: ", ")); run `throughgate topics apply`"))
        }
        let counts = Set(present.filter { $0.error == nil }.map(\.partitions))
        if counts.count > 1 {
            findings.append(
                Finding(
                    "topics", .failed,
                    "inbound topics have \(counts.sorted().map(String.init).joined(separator: ", ")) partitions; give "
                        + "all the same number"))
        }
        if present.contains(where: { $0.replicationFactor == 1 }) {
            findings.append(Finding("topics", .warning, "replication factor 1: a lost broker loses events"))
        }
        if !findings.contains(where: { $0.level == .failed }) {
            findings.append(
                Finding("topics", .ok, "\(inbound.count) inbound topics of \(counts.first ?? 0) partitions"))
        }
        return findings
    }
}
