import LocalServers
import Testing

@Suite("local servers: ports")
struct FreePortTests {
    @Test("a port is free, below the ephemeral range, and never handed out twice")
    func portsAreFreeAndDiffer() throws {
        let ports = try (0..<50).map { _ in try FreePort.next() }
        #expect(Set(ports).count == ports.count)
        #expect(ports.allSatisfy { $0 < 32_768 && FreePort.isFree($0) })
    }
}
