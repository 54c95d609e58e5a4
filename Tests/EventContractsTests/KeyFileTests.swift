import Crypto
import EventContracts
import Foundation
import HandoverRules
import Testing

@Suite("rules: files of recipients' public keys")
struct KeyFileTests {
    let secret = P256.KeyAgreement.PrivateKey()

    private func members(_ key: P256.KeyAgreement.PublicKey) -> String {
        let raw = Array(key.rawRepresentation)
        return """
            "kty":"EC","crv":"P-256","x":"\(Base64URL.encode(raw.prefix(32)))","y":"\(Base64URL.encode(raw.suffix(32)))"
            """
    }

    private func fault(_ text: String) -> KeyFileFault? {
        do throws(KeyFileFault) {
            _ = try KeyFile.read(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test func aKeyIsTakenAsPEMAsJWKAndInASetWithItsNameAndTime() throws {
        let pem = try KeyFile.read(Array(secret.publicKey.pemRepresentation.utf8))
        #expect(pem.map(\.key.id) == [pem[0].key.thumbprint] && pem[0].validFrom == nil)
        let jwk = try KeyFile.read(Array("{\(members(secret.publicKey)),\"use\":\"enc\"}".utf8))
        #expect(jwk[0].key.thumbprint == pem[0].key.thumbprint)
        let other = P256.KeyAgreement.PrivateKey().publicKey
        let set = try KeyFile.read(
            Array(
                """
                {"keys":[{\(members(secret.publicKey)),"kid":"2026-a"},
                    {\(members(other)),"kid":"2026-b","valid_from":"2026-12-01T09:00:00+01:00"}]}
                """.utf8))
        #expect(set.map(\.key.id) == ["2026-a", "2026-b"])
        #expect(try set[1].validFrom == RFC3339.read("2026-12-01T08:00:00Z").get() && set[0].validFrom == nil)
        #expect(set[0].key.jwk == "{\"crv\":\"P-256\",\"kty\":\"EC\"," + members(secret.publicKey).dropFirst(25) + "}")
    }

    @Test func everyBrokenFileIsRefusedByTheRuleItBreaks() throws {
        let good = members(secret.publicKey)
        let cases: [(String, KeyFileFault)] = [
            ("", .form), ("[]", .form), ("{\"keys\":[]}", .form), ("{\"keys\":[1]}", .form), ("\u{0}{", .form),
            (secret.publicKey.pemRepresentation + "\n" + secret.publicKey.pemRepresentation, .form),
            (secret.pemRepresentation, .privatePart), ("{\(good),\"d\":\"AAAA\"}", .privatePart),
            (P384.KeyAgreement.PrivateKey().publicKey.pemRepresentation, .kind),
            (Curve25519Pem.text, .kind), ("{}", .kind),
            ("{\(good.replacing("P-256", with: "P-384"))}", .kind), ("{\(good),\"use\":\"sig\"}", .kind),
            ("{\(good),\"alg\":\"ECDH-ES+A128KW\"}", .kind),
            // A point that is not on the curve.
            (
                "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"\(Base64URL.encode(Array(repeating: 1, count: 32)))\","
                    + "\"y\":\"\(Base64URL.encode(Array(repeating: 1, count: 32)))\"}", .kind
            ),
            ("{\(good),\"kid\":\"\"}", .kid), ("{\(good),\"kid\":\"a b\"}", .kid), ("{\(good),\"kid\":7}", .kid),
            ("{\(good),\"kid\":\"\(String(repeating: "k", count: 129))\"}", .kid),
            ("{\(good),\"valid_from\":\"2026-12-01T09:00:00\"}", .time), ("{\(good),\"valid_from\":1}", .time),
            ("{\"keys\":[{\(good)},{\(good),\"kid\":\"b\"}]}", .repeated),
            (
                "{\"keys\":[{\(good),\"kid\":\"b\"},{\(members(P256.KeyAgreement.PrivateKey().publicKey)),"
                    + "\"kid\":\"b\"}]}", .repeated
            ),
            (String(repeating: " ", count: KeyFile.bytesMax) + "{\(good)}", .tooLarge),
        ]
        for (index, (text, expected)) in cases.enumerated() { #expect(fault(text) == expected, "case \(index)") }
        let many = (0...KeyFile.keysMax).map { _ in "{\(members(P256.KeyAgreement.PrivateKey().publicKey))}" }
        #expect(fault("{\"keys\":[\(many.joined(separator: ","))]}") == .tooMany)
    }

    @Test func aPrivateKeyIsFoundByItsNameOrByItsThumbprint() throws {
        let binding = try #require(SealedBody.Binding(messageID: "h-1/2"))
        #expect(binding == SealedBody.Binding(handoverID: "h-1", version: 2))
        let named = OpeningKey(id: "mine", secret)
        for key in [SealingKey(secret.publicKey), SealingKey(id: "mine", secret.publicKey)] {
            let sealed = try SealedBody.seal([1, 2], to: key, binding: binding)
            let other = OpeningKey(P256.KeyAgreement.PrivateKey())
            #expect(try SealedBody.open(sealed, with: [other, named], expected: binding).body == [1, 2])
        }
        for text in ["", "h", "h/", "/1", "h/0", "h/1/2", "h/x"] {
            #expect(SealedBody.Binding(messageID: text) == nil, "\(text)")
        }
    }
}

extension KeyFileTests {
    @Test func sealingCostsAFractionOfAMillisecond() throws {
        let key = SealingKey(secret.publicKey)
        let body = [UInt8](repeating: 0x61, count: 1_600), binding = SealedBody.Binding(handoverID: "h", version: 1)
        let start = ContinuousClock.now
        for _ in 0..<300 { _ = try SealedBody.seal(body, to: key, binding: binding) }
        let (seconds, rest) = (ContinuousClock.now - start).components
        let microseconds = (Double(seconds) * 1e6 + Double(rest) / 1e12) / 300
        print("sealing: \(Int(microseconds)) µs a message of 1,600 bytes")
        // Debug code on a busy machine; a release build needs a fraction of it.
        #expect(microseconds < 20_000)
    }
}

private enum Curve25519Pem {
    static let text = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VuAyEAhSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=
        -----END PUBLIC KEY-----
        """
}
