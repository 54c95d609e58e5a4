import Crypto
import EventContracts
import Postgres

/// A place in one recipient's feed, as text that says nothing: base64url of the place and of what ties it to the
/// recipient. One recipient's cursor is no cursor for another one.
package struct FeedCursor: Sendable, Hashable {
    /// Everything at or below it was read; 0 is the beginning.
    let position: Int64

    private static let version: UInt8 = 1
    private static let tieBytes = 8

    init(position: Int64) { self.position = position }

    /// nil for what is no cursor of this recipient.
    package init?(_ text: some StringProtocol, of recipient: String) {
        guard let bytes = Base64URL.decode(text), bytes.count == 1 + 8 + FeedCursor.tieBytes,
            bytes[0] == FeedCursor.version
        else { return nil }
        position = bytes[1..<9].reduce(0) { $0 << 8 | Int64($1) }
        guard position >= 0, Array(bytes[9...]) == FeedCursor.tie(position, recipient) else { return nil }
    }

    package func text(of recipient: String) -> String {
        Base64URL.encode(
            [FeedCursor.version] + FeedCursor.bigEndian(position) + FeedCursor.tie(position, recipient))
    }

    private static func tie(_ position: Int64, _ recipient: String) -> [UInt8] {
        let bytes = Array("throughgate feed cursor\n".utf8) + bigEndian(position) + Array(recipient.utf8)
        return Array(SHA256.hash(data: bytes).prefix(tieBytes))
    }

    private static func bigEndian(_ number: Int64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}

extension FeedCursor {
    /// - Throws: a 410 when something after this place was ended by retention before it was read: what is gone is said,
    ///   never passed over in silence. The beginning is no place: it asks for whatever is kept.
    func check(of recipient: String, on connection: PostgresConnection) throws {
        guard position > 0, let row = try connection.query(GatewaySQL.forgotten(of: recipient)).first,
            position < (try row[0] as Int64)
        else { return }
        throw Problem(
            .gone, "GONE", "after: is older than what is kept; leave it out to begin with what there is", field: "after"
        )
    }
}
