/// The librdkafka properties a settings file may not touch, each with what to do instead.
enum ProtectedProperties {
    /// The remedy when the property must not be set (to this value); nil when it may.
    static func refusal(of key: String, value: String) -> String? {
        if let remedy = always[key] { return remedy }
        let value = value.lowercased()
        switch key {
        case "ssl.endpoint.identification.algorithm" where value != "https":
            return "remove it: the broker's name in its certificate is always checked; fix the certificate instead"
        case "enable.ssl.certificate.verification" where !["true", "t", "1"].contains(value):
            return "remove it: certificates are always checked; name your authority with ssl.ca.location"
        case "api.version.request" where !["true", "t", "1"].contains(value),
            "check.crcs" where !["true", "t", "1"].contains(value):
            return "remove it: it must stay true"
        default:
            return nil
        }
    }

    private static let sessionOwned = "remove it: offsets move only inside the transaction that publishes"
    private static let named = "remove it: it follows from hub.group and hub.instance"
    private static let idempotence = "remove it: exactly-once fixes it"
    private static let assignment = "remove it: eager range with static membership is the only assignment offered"

    private static let always: [String: String] = [
        "bootstrap.servers": "use kafka.bootstrapServers", "metadata.broker.list": "use kafka.bootstrapServers",
        "enable.auto.commit": sessionOwned, "enable.auto.offset.store": sessionOwned,
        "auto.commit.enable": sessionOwned, "auto.commit.interval.ms": sessionOwned,
        "auto.offset.reset": "remove it: a group without offsets always begins at the earliest record",
        "offset.store.method": sessionOwned, "offset.store.path": sessionOwned,
        "isolation.level": "remove it: what was aborted must never be read",
        "enable.partition.eof": "remove it: the hub needs to know when it has caught up",
        "enable.idempotence": idempotence, "enable.gapless.guarantee": idempotence,
        "acks": "remove it: every message waits for all in-sync replicas",
        "request.required.acks": "remove it: every message waits for all in-sync replicas",
        "max.in.flight": idempotence, "max.in.flight.requests.per.connection": idempotence,
        "retries": idempotence, "message.send.max.retries": idempotence, "queuing.strategy": idempotence,
        "delivery.report.only.error": idempotence, "delivery.timeout.ms": idempotence,
        "message.timeout.ms": idempotence,
        "dr_cb": idempotence, "dr_msg_cb": idempotence, "partitioner": "remove it: keys go where Java clients put them",
        "transactional.id": named, "group.id": named, "group.instance.id": named, "client.id": named,
        "transaction.timeout.ms": "remove it: it must stay below session.timeout.ms",
        "topic.metadata.propagation.max.ms": "remove it: a missing topic must be found within a transaction",
        "allow.auto.create.topics": "remove it: topics apply creates topics, a typing error must not",
        "partition.assignment.strategy": assignment, "group.protocol.type": assignment,
        "test.mock.num.brokers": "remove it: it replaces the cluster",
        "plugin.library.paths": "remove it: no foreign code is loaded",
        "log.queue": "remove it: logs go to the hub's log",
        "topic.blacklist": "remove it: subscriptions are named one by one",
        "opaque": idempotence, "interceptors": idempotence, "default_topic_conf": idempotence,
    ]
}
