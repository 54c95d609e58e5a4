import Crypto
import EventContracts
import Foundation
import Testing

@Suite("rules: bodies that only their recipient reads")
struct SealingTests {
    private let body = Array(#"{"handoverId":"h-1","version":2}"#.utf8)
    private let binding = SealedBody.Binding(handoverID: "h-1", version: 2)

    @Test func whatIsSealedOpensWithItsKeyOnlyAndNeverLooksTheSame() throws {
        let mine = OpeningKey(P256.KeyAgreement.PrivateKey())
        let secret = P256.KeyAgreement.PrivateKey()
        let key = SealingKey(secret.publicKey)
        let one = try SealedBody.seal(body, to: key, binding: binding)
        let two = try SealedBody.seal(body, to: key, binding: binding)
        #expect(one != two)
        let opened = try SealedBody.open(one, with: [mine, OpeningKey(secret)], expected: binding)
        #expect(opened.body == body && opened.binding == binding)
        #expect(throws: SealingError.otherKey) { try SealedBody.open(one, with: [mine]) }
        let same = OpeningKey(id: key.id, P256.KeyAgreement.PrivateKey())
        #expect(throws: SealingError.notAuthentic) { try SealedBody.open(one, with: [same]) }
    }

    @Test func aBodyCannotBePassedOffAsAnotherVersions() throws {
        let secret = P256.KeyAgreement.PrivateKey()
        let sealed = try SealedBody.seal(body, to: SealingKey(secret.publicKey), binding: binding)
        let keys = [OpeningKey(secret)]
        let other = SealedBody.Binding(handoverID: "h-1", version: 3)
        #expect(throws: SealingError.notAuthentic) { try SealedBody.open(sealed, with: keys, expected: other) }
        // The header rewritten: the body is authenticated with it.
        var parts = sealed.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let header = String(decoding: try #require(Base64URL.decode(parts[0])), as: UTF8.self)
        parts[0] = Base64URL.encode(Array(header.replacing(#""version":2"#, with: #""version":3"#).utf8))
        #expect(throws: SealingError.notAuthentic) {
            try SealedBody.open(parts.joined(separator: "."), with: keys)
        }
    }

    @Test func everyChangedCharacterIsNoticed() throws {
        let secret = P256.KeyAgreement.PrivateKey()
        let sealed = Array(try SealedBody.seal(body, to: SealingKey(secret.publicKey), binding: binding).utf8)
        for index in sealed.indices {
            var changed = sealed
            changed[index] = sealed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: SealingError.self, "at \(index)") {
                try SealedBody.open(String(decoding: changed, as: UTF8.self), with: [OpeningKey(secret)])
            }
        }
    }

    /// RFC 7518, appendix C: the Concat KDF's worked example is for A128GCM, so the agreement and the thumbprint of
    /// RFC 7517's key are checked here, and the whole against an independent library elsewhere.
    @Test func keysAreReadFromJWKSetsAndPEM() throws {
        let secret = P256.KeyAgreement.PrivateKey()
        let raw = Array(secret.publicKey.rawRepresentation)
        let jwk = """
            {"kty":"EC","crv":"P-256","kid":"2026-a","x":"\(Base64URL.encode(raw.prefix(32)))",\
            "y":"\(Base64URL.encode(raw.suffix(32)))"
            """
        let d = Base64URL.encode(Array(secret.rawRepresentation))
        let set = try SealingKey.keys(Array(#"{"keys":[\#(jwk)}]}"#.utf8))
        #expect(set.map(\.id) == ["2026-a"])
        let opening = try OpeningKey.keys(Array(#"\#(jwk),"d":"\#(d)"}"#.utf8))
        let sealed = try SealedBody.seal(body, to: set[0], binding: binding)
        #expect(try SealedBody.open(sealed, with: opening).body == body)
        let pem = try SealingKey.keys(Array(secret.publicKey.pemRepresentation.utf8))
        let privatePEM = try OpeningKey.keys(Array(secret.pemRepresentation.utf8))
        #expect(pem[0].id == privatePEM[0].id)
        #expect(throws: SealingError.noKey) { try SealingKey.keys(Array("{}".utf8)) }
        #expect(throws: SealingError.noKey) {
            try SealingKey.keys(Array(#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#.utf8))
        }
    }

    @Test func base64URLAgreesWithFoundation() {
        var generator = SeededGenerator(seed: 7)
        for length in 0..<70 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let expected = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                .replacing("=", with: "")
            #expect(Base64URL.encode(bytes) == expected)
            #expect(Base64URL.decode(expected) == bytes)
        }
        for bad in ["A", "AB=", "A A", "AB", "A+BC", "A/BC"] { #expect(Base64URL.decode(bad) == nil, "\(bad)") }
    }
}
