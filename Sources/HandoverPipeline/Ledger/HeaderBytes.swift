public import ExactlyOnceKafka

/// Kafka headers as one bytea, so that a record's headers and a message's headers are kept byte for byte:
/// for each header a length-prefixed name and value; the length is four bytes, all ones for a null value.
public enum HeaderBytes {
    /// The bytes that the ledger keeps.
    public static func encode(_ headers: [KafkaHeader]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headers.reduce(0) { $0 + 8 + $1.name.utf8.count + ($1.value?.count ?? 0) })
        for header in headers {
            append(header.name.utf8.count, to: &bytes)
            bytes.append(contentsOf: header.name.utf8)
            if let value = header.value {
                append(value.count, to: &bytes)
                bytes.append(contentsOf: value)
            } else {
                append(Int(UInt32.max), to: &bytes)
            }
        }
        return bytes
    }

    /// What was encoded; a torn tail (which only a damaged database could hold) is left out.
    public static func decode(_ bytes: [UInt8]) -> [KafkaHeader] {
        var headers: [KafkaHeader] = []
        var rest = bytes[...]
        while let length = takeLength(&rest), let name = take(length, from: &rest), let size = takeLength(&rest) {
            if size == Int(UInt32.max) {
                headers.append(KafkaHeader(String(decoding: name, as: UTF8.self), nil as [UInt8]?))
            } else if let value = take(size, from: &rest) {
                headers.append(KafkaHeader(String(decoding: name, as: UTF8.self), Array(value)))
            } else {
                break
            }
        }
        return headers
    }

    private static func append(_ length: Int, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: length).bigEndian) { bytes.append(contentsOf: $0) }
    }

    private static func takeLength(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard let four = take(4, from: &rest) else { return nil }
        return four.reduce(0) { $0 << 8 | Int($1) }
    }

    private static func take(_ count: Int, from rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
