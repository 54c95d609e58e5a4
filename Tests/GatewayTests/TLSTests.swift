import Foundation
import Gateway
import LocalServers
import Testing

/// A program of the system, run to its end.
private func system(_ program: String, _ arguments: [String]) async throws -> (status: Int32, text: String) {
    try await withCheckedThrowingContinuation { done in
        Thread.detachNewThread {
            done.resume(
                with: Result {
                    let process = Process()
                    process.executableURL = URL(filePath: "/usr/bin/" + program)
                    process.arguments = arguments
                    let out = Pipe()
                    process.standardOutput = out
                    process.standardError = Pipe()
                    try process.run()
                    let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                    process.waitUntilExit()
                    return (process.terminationStatus, text)
                })
        }
    }
}

private let hasPrograms = ["openssl", "curl"].allSatisfy {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/" + $0)
}

@Suite("local broker: HTTP over TLS", .serialized, .enabled(if: hasPrograms, "no openssl or curl"))
struct TLSTests {
    @Test func curlTrustsTheCertificateThatWasGivenAndPlainHTTPGetsNothing() async throws {
        let authority = try TestAuthority()
        let own = try authority.issue("127.0.0.1"), certificate = authority.certificate
        let identity = try ServerIdentity(certificateFile: own.certificate, keyFile: own.key)
        try await DoorBed.open(identity: identity) { bed in
            let good = try await system("curl", ["-s", "--cacert", certificate, bed.base + "/healthz"])
            #expect(good.text == "alive\n")
            let stranger = try await system("curl", ["-s", bed.base + "/healthz"])
            #expect(stranger.status == 60, "a certificate nobody vouches for")
            let old = try await system(
                "curl", ["-s", "--cacert", certificate, "--tls-max", "1.1", bed.base + "/healthz"])
            #expect(old.status != 0 && old.text.isEmpty)
            let plain = try await system(
                "curl", ["-s", "-m", "5", bed.base.replacing("https", with: "http") + "/healthz"])
            #expect(plain.text.isEmpty)
        }
    }
}
