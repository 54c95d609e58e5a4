import Crypto
import EventContracts

/// Sealed bodies and files of keys, which recipients hand in.
enum SealTargets {
    static let all = [
        // Whatever opens is what was sealed: anything else would be a forgery. The corpus holds one good body.
        FuzzTarget("jwe") { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let opened = try? SealedBody.open(text, with: [key]) else { return nil }
            guard opened.body == sealed, opened.binding == SealedBody.Binding(messageID: "canary/1") else {
                return "opened what was never sealed"
            }
            return nil
        },
        FuzzTarget("key-file") { bytes in
            do throws(KeyFileFault) {
                let keys = try KeyFile.read(bytes)
                guard keys.count <= KeyFile.keysMax else { return "more keys than there may be" }
                for key in keys {
                    guard let again = try? SealingKey.keys(Array(key.key.jwk.utf8)), again.count == 1,
                        again[0].thumbprint == key.key.thumbprint
                    else { return "a key that is another one once it is written" }
                }
            } catch {
                return Marker.breach(inDetail: error.rule)
            }
            return (try? OpeningKey.keys(bytes)) == nil ? nil : "a private key was taken for a public one"
        },
        FuzzTarget("base64url") { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let decoded = Base64URL.decode(text) else { return nil }
            return Base64URL.encode(decoded) == text ? nil : "two texts are the same bytes"
        },
    ]

    /// What the good body of the corpus holds.
    package static let sealed = Array(#"{"note":"canary"}"#.utf8)
    /// A key for this purpose alone: its secret is in the tree.
    private static let key: OpeningKey = {
        let scalar = [UInt8](repeating: 7, count: 32)
        guard let key = try? P256.KeyAgreement.PrivateKey(rawRepresentation: scalar) else {
            preconditionFailure("a constant scalar below the order of the curve is a key")
        }
        return OpeningKey(id: "fuzzing", key)
    }()
}
