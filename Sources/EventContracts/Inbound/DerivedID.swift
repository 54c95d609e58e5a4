public import Crypto
public import FoundationEssentials
public import HandoverRules

/// Event ids where the source has none: name-based UUIDs (version 5, RFC 9562 §5.5), the same whoever computes them.
public enum DerivedID {
    /// An HMPPS domain event: identity is (eventType, nomsNumber, occurredAt, prisonId, reason), contract.md §5, a part
    /// that an event type does not have left empty.
    /// A republished event has a new SNS MessageId and, perhaps, another offset: the same id all the same.
    ///
    /// The content is part of the id, because HMPPS events never conflict: one that says something else about the
    /// same occurrence is an event of its own under the same natural key, and the rules take the one published last.
    static func hmpps(
        eventType: String, subject: NomsNumber, occurredAt: Instant, prison: PrisonID?, reason: String,
        content: ContentDigest
    ) -> UUID {
        let said = content.bytes.map { String($0, radix: 16) }.joined(separator: ".")
        return version5([
            "hmpps", eventType, subject.text, String(occurredAt.microseconds), prison?.text ?? "", reason, said,
        ])
    }

    /// Stands where an id is derived from the event itself.
    static let unset = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    /// A timer's event: (person, kind, cause, dueAt), design.md §4.
    public static func timer(_ subject: NomsNumber, _ timer: Timer) -> UUID {
        version5([
            "timer", subject.text, timer.kind.rawValue, UUIDText.write(timer.cause),
            String(timer.dueAt.microseconds),
        ])
    }

    /// The reference.changed of one person, published because version `registerVersion` of the registers changed what
    /// the person's live spell rests on: the same id however often the import publishes it.
    public static func referenceChanged(registerVersion: Int64, _ subject: NomsNumber) -> UUID {
        version5(["reference", String(registerVersion), subject.text])
    }

    /// - Parameter parts: joined by a byte that none of them holds.
    static func version5(_ parts: [String]) -> UUID {
        var name = namespace.octets
        for part in parts {
            name.append(contentsOf: part.utf8)
            name.append(0)
        }
        return stamped(Insecure.SHA1.hash(data: name), version: 5)
    }

    /// A hash of the house's own as an id: version 8, RFC 9562 §5.8.
    public static func version8(_ digest: SHA256Digest) -> UUID { stamped(digest, version: 8) }

    private static func stamped(_ digest: some Sequence<UInt8>, version: UInt8) -> UUID {
        var bytes = Array(digest.prefix(16))
        bytes[6] = bytes[6] & 0x0F | version << 4
        bytes[8] = bytes[8] & 0x3F | 0x80
        return bytes.withUnsafeBytes { UUID(bytes: $0) }
    }

    /// Names of this hub; chosen once, never to change.
    private static let namespace = UUID(
        uuid: (
            0x6B, 0x0E, 0x3A, 0x52, 0x91, 0x4D, 0x4C, 0x7E, 0x8F, 0x11, 0x0D, 0x5C, 0x2B, 0x7A, 0x9E, 0x10
        ))
}
