internal import CLibrdkafka

/// Hands one message to a producer's queue, copied.
enum MessageWriter {
    static func enqueue(_ message: OutboundMessage, tag: Int, on handle: ClientHandle) -> rd_kafka_resp_err_t {
        guard let topic = handle.topic(message.topic) else { return RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION }
        let headers = headerList(message.headers)
        let result = withBytes(message.value) { hasValue, value, valueSize in
            withBytes(message.key) { hasKey, key, keySize in
                tg_produce(
                    handle.pointer, topic, message.partition ?? RD_KAFKA_PARTITION_UA,
                    hasValue, value, valueSize, hasKey, key, keySize,
                    message.timestampMilliseconds ?? 0, headers, UnsafeMutableRawPointer(bitPattern: tag))
            }
        }
        if result != RD_KAFKA_RESP_ERR_NO_ERROR, let headers { rd_kafka_headers_destroy(headers) }
        return result
    }

    private static func headerList(_ headers: [KafkaHeader]) -> OpaquePointer? {
        guard !headers.isEmpty else { return nil }
        let list = rd_kafka_headers_new(headers.count)
        for header in headers {
            withBytes(header.value) { hasValue, value, size in
                // A header that is empty but not null needs an address that is not null.
                let start = hasValue == 0 ? nil : value ?? UnsafeRawPointer(bitPattern: 1)
                _ = rd_kafka_header_add(list, header.name, -1, start, size)
            }
        }
        return list
    }

    private static func withBytes<Result>(
        _ bytes: [UInt8]?, _ body: (Int32, UnsafeRawPointer?, Int) -> Result
    ) -> Result {
        guard let bytes else { return body(0, nil, 0) }
        return bytes.withUnsafeBytes { body(1, $0.baseAddress, $0.count) }
    }
}
