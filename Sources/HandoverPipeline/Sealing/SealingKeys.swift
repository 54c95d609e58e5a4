public import EventContracts
public import HandoverRules
public import Postgres
import Synchronization

/// Which recipients have registered a public key, as of one version of the registers: an immutable value. The one
/// place that decides which key seals, and that whoever has had a key is never sent anything in the clear again.
public struct SealingKeys: Sendable {
    /// What a recipient's bodies are.
    public enum Standing: Sendable {
        /// It never had a key: its bodies go as they are.
        case clear
        case sealed(SealingKey)
        /// It has or had a key and none can be used: nothing goes, in whatever form.
        case missing
    }

    private struct Candidate {
        var key: SealingKey
        var validFrom: Instant
    }

    /// Of `register_version` when it was read; -1: nothing was read yet.
    public let version: Int64
    /// Newest first; empty where nothing can be used.
    private var candidates: [String: [Candidate]] = [:]

    /// Before anything was read.
    init() { version = -1 }

    /// Nobody has a key.
    init(noneAt version: Int64) { self.version = version }

    init(version: Int64, _ query: (SQL) throws -> PostgresRows) throws {
        self.version = version
        for row in try query(SealingSQL.keys) {
            let recipient = try row.text(0)
            var own = candidates[recipient] ?? []
            if let jwk: String = try row[2], let from: PostgresTimestamp = try row[3],
                let key = SealingKey(stored: jwk, id: try row[1])
            {
                own.append(Candidate(key: key, validFrom: Instant(microseconds: from.microseconds)))
            }
            candidates[recipient] = own
        }
    }

    /// Nobody has a key: nothing costs anything.
    public var isEmpty: Bool { candidates.isEmpty }

    /// What this recipient's bodies are now: sealed to the newest of its keys whose time has come. While none has (a
    /// clock that is behind the one that registered it), the oldest.
    public func standing(of recipient: String, at now: Instant) -> Standing {
        guard let own = candidates[recipient] else { return .clear }
        guard let key = own.first(where: { $0.validFrom <= now }) ?? own.last else { return .missing }
        return .sealed(key.key)
    }

    /// A handover's body as it leaves through any door: Kafka, feed, stream, webhook.
    ///
    /// Sealing the same body again gives other bytes that open to the same: what identifies a message is its id.
    /// - Parameters:
    ///   - body: in the clear, as the ledger has it.
    ///   - messageID: `HANDOVERID/VERSION`, to which a sealed body is bound.
    /// - Throws: ``KeyMissing``: nothing of it may leave.
    public func outgoing(
        _ body: [UInt8], to recipient: String, messageID: String, at now: Instant
    ) throws(KeyMissing) -> OutgoingBody {
        switch standing(of: recipient, at: now) {
        case .clear: return OutgoingBody(contentType: "application/json", bytes: body)
        case .missing: throw KeyMissing(recipient: recipient)
        case .sealed(let key):
            guard let binding = SealedBody.Binding(messageID: messageID),
                let sealed = try? SealedBody.seal(body, to: key, binding: binding)
            else { throw KeyMissing(recipient: recipient) }
            return OutgoingBody(contentType: SealedBody.mediaType, bytes: Array(sealed.utf8))
        }
    }
}

/// A body and what it is.
public struct OutgoingBody: Sendable {
    /// `application/json` or `application/jose`.
    public let contentType: String
    public let bytes: [UInt8]

    public var isSealed: Bool { contentType == SealedBody.mediaType }
}

/// A recipient has or had a key and none can be used. Remedy: `import providers` with its public_key_file.
public struct KeyMissing: Error, Sendable, Hashable {
    public let recipient: String
}

/// The keys in force, for doors that ask now and then. Shared by threads; one query of one row while nothing changes.
public final class Sealer: Sendable {
    private let cache = Mutex(SealingKeys())

    public init() {}

    /// The keys as of now.
    public func keys(on connection: PostgresConnection) throws -> SealingKeys {
        let version: Int64 = try connection.query(LedgerSQL.registerVersion).only()[0]
        return try keys(atLeast: version) {
            // Read before the keys: a change in between is read again with the next version.
            let current: Int64 = try connection.query(LedgerSQL.registerVersion).only()[0]
            return try SealingKeys(version: current) { try connection.query($0) }
        }
    }

    /// The keys of this version of the registers or a later one.
    func keys(atLeast version: Int64, read: () throws -> SealingKeys) throws -> SealingKeys {
        let known = cache.withLock { $0 }
        if known.version >= version { return known }
        let keys = try read()
        cache.withLock { if $0.version < keys.version { $0 = keys } }
        return keys
    }
}

extension SealingKey {
    /// A key as the ledger has it; nil for what is none.
    fileprivate init?(stored jwk: String, id: String) {
        guard let key = try? SealingKey.keys(Array(jwk.utf8)).first else { return nil }
        self = key.named(id)
    }
}
