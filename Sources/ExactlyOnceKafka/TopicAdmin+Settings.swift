internal import CLibrdkafka

extension TopicAdmin {
    /// The settings of a topic as the broker has them, defaults included. Quotes that some brokers put around text
    /// are taken off.
    public func settings(of topic: String) throws -> [String: String] {
        guard let resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, at: "describe \(topic)")
        }
        defer { rd_kafka_ConfigResource_destroy(resource) }
        var resources: [OpaquePointer?] = [resource]
        return try ask("describe \(topic)") { options, queue in
            rd_kafka_DescribeConfigs(handle.pointer, &resources, 1, options, queue)
        } read: { event in
            var count = 0
            let result = rd_kafka_event_DescribeConfigs_result(event)
            guard let answer = rd_kafka_DescribeConfigs_result_resources(result, &count)?[0], count == 1 else {
                throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, at: "describe \(topic)")
            }
            let code = rd_kafka_ConfigResource_error(answer)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, at: "describe \(topic)") }
            let entries = rd_kafka_ConfigResource_configs(answer, &count)
            return (0..<count).reduce(into: [:]) { settings, index in
                guard let entry = entries?[index], let name = rd_kafka_ConfigEntry_name(entry),
                    let value = rd_kafka_ConfigEntry_value(entry)
                else { return }
                settings[String(cString: name)] = TopicAdmin.unquoted(String(cString: value))
            }
        }
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        return String(text.dropFirst().dropLast())
    }
}
