import EventContracts
import HandoverRules

/// The ACLs that each principal needs, as `kafka-acls` commands: nobody gets more than its part.
struct AccessList {
    let settings: Settings
    let topics: Topics
    let recipients: [Recipient]
    let prisons: [PrisonID]

    func commands() -> [String] {
        ["# the hub"] + hub() + ["# a prison's feed: may write, and read nothing back"] + publishers()
            + ["# the hub, where it may see how far those have read who read Kafka; without, that is not known"]
            + sight()
            + ["# recipients: each its own topic, under its own group names"] + readers()
    }

    private var start: String { "kafka-acls --bootstrap-server \(settings.kafka.bootstrapServers) --add" }

    private func hub() -> [String] {
        let principal = "--allow-principal User:throughgate"
        let hub = settings.hub
        // Written too: events that come over HTTP, recipients' answers, decisions of people, and its own timers.
        var lines = topics.inbound.map {
            "\(start) \(principal) --operation Read --operation Write --operation Describe --topic \($0)"
        }
        lines += [topics.hubTasks, topics.rejected].map {
            "\(start) \(principal) --operation Write --operation Describe --topic \($0)"
        }
        if hub.canaryEvery != nil {
            lines.append(
                "\(start) \(principal) --operation Read --operation Write --operation Describe --topic \(topics.canary)"
            )
        }
        lines += ["handover.", "prison.tasks."].map {
            "\(start) \(principal) --operation Write --operation Describe --operation Create --topic "
                + "\(topics.prefix)\($0) --resource-pattern-type prefixed"
        }
        lines.append("\(start) \(principal) --operation Read --operation Describe --group \(hub.prefixedGroup)")
        lines.append(
            "\(start) \(principal) --operation Write --operation Describe --transactional-id \(hub.transactionalID)")
        // Brokers before 2.8 ask for this of every idempotent producer.
        lines.append("\(start) \(principal) --operation IdempotentWrite --cluster")
        return lines
    }

    /// The offsets of recipients' groups, and the times of the records that they have not read.
    private func sight() -> [String] {
        let principal = "--allow-principal User:throughgate"
        let groups = recipients.map {
            "\(start) \(principal) --operation Describe --group '\($0.provider.text)' --resource-pattern-type prefixed"
        }
        return groups + [
            "\(start) \(principal) --operation Read --topic \(topics.prefix)handover. --resource-pattern-type prefixed"
        ]
    }

    private func publishers() -> [String] {
        let fed = [topics.releaseNotifications, topics.kitEvents, topics.custodyMovements, topics.careRecords]
        return fed.map {
            "\(start) --allow-principal User:prison-feed --operation Write --operation Describe --topic \($0)"
        }
    }

    private func readers() -> [String] {
        let services = recipients.map { ($0.provider.text, topics.handovers(to: $0)) }
        let tasks = prisons.map { ("prison-\($0.text)", topics.tasks(of: $0)) }
        return (services + tasks).flatMap { name, topic in
            [
                "\(start) --allow-principal 'User:\(name)' --operation Read --operation Describe --topic \(topic)",
                "\(start) --allow-principal 'User:\(name)' --operation Read --group '\(name)' "
                    + "--resource-pattern-type prefixed",
            ]
        }
    }
}
