import Crypto
import FoundationEssentials

/// Deterministic ids, UUID version 5 (RFC 9562 §5.5): the same whoever computes them, on whichever instance.
enum NamedUUID {
    /// A spell is named by the event that opened it (domain.md §11).
    static func spell(_ opening: UUID) -> UUID { make("spell", opening, "") }

    /// The same of somebody to whom the event came with a moved booking.
    static func spell(_ opening: UUID, of person: NomsNumber) -> UUID { make("spell", opening, person.text) }

    /// A thread is named by spell, recipient and type (design.md §3).
    static func thread(_ spell: UUID, _ recipient: Recipient) -> UUID {
        make(recipient.kind.rawValue, spell, recipient.provider.text)
    }

    /// A task is named by what it is about.
    static func task(_ about: UUID, _ code: String, _ part: String = "") -> UUID { make(code, about, part) }

    private static let house = UUID(
        uuid: (0x7c, 0x2a, 0x91, 0x0e, 0x5b, 0x43, 0x4f, 0x6d, 0x9a, 0x18, 0x3e, 0x77, 0xc4, 0x05, 0xd2, 0x61))

    private static func make(_ kind: String, _ about: UUID, _ part: String) -> UUID {
        var name: [UInt8] = []
        name.reserveCapacity(128)
        withUnsafeBytes(of: house.uuid) { name.append(contentsOf: $0) }
        name.append(contentsOf: kind.utf8)
        name.append(0)
        withUnsafeBytes(of: about.uuid) { name.append(contentsOf: $0) }
        name.append(contentsOf: part.utf8)
        var hash = Insecure.SHA1()
        name.withUnsafeBytes { hash.update(bufferPointer: $0) }
        var bytes = Array(hash.finalize().prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x50
        bytes[8] = bytes[8] & 0x3f | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
