internal import CLibrdkafka

/// The group metadata of one assignment: what fences this member when the group has moved on.
/// Taken when the assignment arrives, so that a transaction carries the generation its records came under.
final class LibrdkafkaMembership: GroupMembership, @unchecked Sendable {
    let pointer: OpaquePointer
    /// The group's generation, or nil when librdkafka's serialised form is not the one known ("CGMDv2:").
    let generation: Int?

    init?(of consumer: ClientHandle, group: String) {
        guard let pointer = rd_kafka_consumer_group_metadata(consumer.pointer) else { return nil }
        self.pointer = pointer
        self.generation = LibrdkafkaMembership.generation(pointer, group)
    }

    deinit { rd_kafka_consumer_group_metadata_destroy(pointer) }

    /// Magic (7 bytes), generation (4 bytes, as the machine stores them), group id and NUL, member id and NUL, …
    /// librdkafka 2.0.2 has no other way to the generation; the group id behind it proves the layout.
    private static func generation(_ pointer: OpaquePointer, _ group: String) -> Int? {
        var start: UnsafeMutableRawPointer?
        var size = 0
        let error = rd_kafka_consumer_group_metadata_write(pointer, &start, &size)
        guard KafkaError(consuming: error, at: "group metadata") == nil, let start else { return nil }
        defer { rd_kafka_mem_free(nil, start) }
        let bytes = UnsafeRawBufferPointer(start: start, count: size)
        let magic = Array("CGMDv2:".utf8)
        let name = Array(group.utf8) + [0]
        guard bytes.count > magic.count + 4 + name.count, bytes.prefix(magic.count).elementsEqual(magic),
            bytes[(magic.count + 4)...].prefix(name.count).elementsEqual(name)
        else { return nil }
        return Int(bytes.loadUnaligned(fromByteOffset: magic.count, as: Int32.self))
    }
}
