import Crypto
import Foundation
import LocalServers
import Testing

@Suite("local broker: sealed handovers on a terminal", .serialized)
struct SealedSubscribeTests {
    @Test("import registers keys, subscribe opens with the right one of several, and a broken file exits 65")
    func subscribe() throws {
        let folder = try ServerFolder.fresh("keys")
        defer { folder.discard() }
        func file(_ name: String, _ text: String) throws -> String {
            let url = folder.url.appendingPathComponent(name)
            try Data(text.utf8).write(to: url)
            return url.path
        }
        let old = P256.KeyAgreement.PrivateKey(), new = P256.KeyAgreement.PrivateKey()
        let oldKey = try file("old.pem", old.pemRepresentation), newKey = try file("new.pem", new.pemRepresentation)
        let hub = try WholeHub()
        func register(_ key: P256.KeyAgreement.PrivateKey) throws -> Program.Result {
            _ = try file("prov-leeds.pem", key.publicKey.pemRepresentation)
            let csv = try file(
                "providers.csv",
                """
                provider_id,kind,name,valid_from,public_key_file
                prov-leeds,DRUG_SERVICE,Leeds,2015-01-01,prov-leeds.pem

                """)
            return try hub.run(["import", "providers", csv])
        }
        #expect(try register(old).output.contains("1 recipients' keys"))
        try hub.start()
        let address = #","address":{"postcode":"LS9 7FL","status":"OWN"}"#
        try hub.tell(WholeHub.release("Z1234AB", "1", address: address))
        try hub.wait { try hub.count("select count(*) from message where recipient_id = 'prov-leeds'") > 0 }
        #expect(try register(new).output.contains("2 recipients' keys"))
        try hub.tell(WholeHub.release("Z1234AC", "2", address: address))
        try hub.wait {
            try hub.count("select count(distinct stream_id) from message where recipient_id = 'prov-leeds'") > 1
        }
        func opened(_ keys: [String]) throws -> Int {
            let arguments = ["subscribe", "--recipient", "prov-leeds", "--json"] + keys.flatMap { ["--decrypt", $0] }
            return try hub.run(arguments).output.split(separator: "\n").count { $0.contains("\"keyMessages\"") }
        }
        var both = 0
        try hub.wait {
            both = try opened([oldKey, newKey])
            return both >= 2
        }
        let one = try opened([oldKey])
        #expect(one >= 1 && one < both, "\(one) of \(both)")
        #expect(try opened([newKey]) == both - one)
        #expect(try opened([]) == 0)
        try FileManager.default.removeItem(atPath: folder.url.appendingPathComponent("prov-leeds.pem").path)
        let broken = try hub.run(
            ["import", "providers", folder.url.appendingPathComponent("providers.csv").path], expecting: 65)
        #expect(broken.errors.contains("line 2, column public_key_file"))
    }
}
