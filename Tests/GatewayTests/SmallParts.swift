import Foundation
import Gateway
import Testing

@Suite("rules: small parts of the doors")
struct SmallParts {
    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.9.1", true), ("::1", true), ("localhost", true), ("0.0.0.0", false),
        ("::", false), ("10.0.0.1", false), ("127.0.0.1.example.org", false), ("example.org", false),
    ])
    func onlyLoopbackIsLoopback(host: String, isLoopback: Bool) {
        #expect(Gateway.isLoopback(host) == isLoopback)
    }

    @Test func aCertificateThatIsNoneIsRefused() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("tg-\(UUID().uuidString).pem")
        try Data("no certificate".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(throws: ServerIdentity.Unusable.self) {
            try ServerIdentity(certificateFile: file.path, keyFile: file.path)
        }
    }
}
