import Foundation
import LocalServers
import Testing

@Suite("local servers: pacer", .serialized)
struct PacerTests {
    @Test("holds an answer without records, longer as nothing comes, and never longer than the client allows")
    func holdsIdleFetches() throws {
        let folder = try ServerFolder.fresh("pacer-idle")
        defer { folder.discard() }
        let broker = try LocalBroker.start(in: folder.url)
        let wire = try KafkaWire(port: broker.port)
        try wire.createTopic("empty")
        let held = try ContinuousClock().measure {
            for _ in 0..<20 {
                let size = try wire.fetch("empty", from: 0)
                #expect(size <= 0)
            }
        }
        #expect(held >= .milliseconds(2 + 4 + 8 + 17 * 16))
        let unheld = try ContinuousClock().measure {
            for _ in 0..<20 { _ = try wire.fetch("empty", from: 0, waitMilliseconds: 0) }
        }
        #expect(unheld < held)
        try broker.stop()
    }

    @Test("forwards every byte of frames of any size, in both directions, on many connections at once")
    func forwardsEveryByte() throws {
        let server = try EchoServer()
        let pacer = try Pacer(port: try FreePort.next(), brokerPort: server.port)
        defer { pacer.stop() }
        let failures = Failures()
        DispatchQueue.concurrentPerform(iterations: 8) { seed in
            do {
                let wire = try KafkaWire(port: pacer.port)
                for size in [0, 1, 65_525, 65_526, 65_527, 65_528, 65_536, 1_000_003, 5 << 20] {
                    let sent = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed) }
                    if try wire.echo(sent) != sent { failures.add("size \(size) differs") }
                }
            } catch { failures.add("\(error)") }
        }
        #expect(failures.all == [])
    }

    @Test("leaves an answer alone that it cannot read, even one that claims to be metadata")
    func leavesStrangeAnswersAlone() throws {
        let server = try EchoServer()
        let pacer = try Pacer(port: try FreePort.next(), brokerPort: server.port)
        defer { pacer.stop() }
        let wire = try KafkaWire(port: pacer.port)
        var generator = SystemRandomNumberGenerator()
        for api: Int16 in [1, 3, 10, 60] {
            for version: Int16 in 0..<20 {
                let noise = (0..<Int.random(in: 0..<200)).map { _ in UInt8.random(in: 0...255, using: &generator) }
                #expect(try wire.echo(noise, api: api, version: version).count == noise.count)
            }
        }
    }

    @Test("a cut network breaks connections and closes new ones, until it is fair again")
    func aCutNetwork() throws {
        let server = try EchoServer()
        let pacer = try Pacer(port: try FreePort.next(), brokerPort: server.port)
        defer { pacer.stop() }
        let wire = try KafkaWire(port: pacer.port)
        #expect(try wire.echo([1, 2]) == [1, 2])
        pacer.set(.cut)
        #expect(throws: (any Error).self) { try wire.echo([3]) }
        #expect(throws: (any Error).self) { try KafkaWire(port: pacer.port).echo([4]) }
        pacer.set(.fair)
        #expect(try KafkaWire(port: pacer.port).echo([5]) == [5])
    }

    @Test("a silent network keeps everything back, and a slow one some of the time")
    func aSilentAndASlowNetwork() throws {
        let server = try EchoServer()
        let pacer = try Pacer(port: try FreePort.next(), brokerPort: server.port)
        defer { pacer.stop() }
        let wire = try KafkaWire(port: pacer.port)
        pacer.set(.silent)
        let fair = Thread { [pacer] in
            usleep(300_000)
            pacer.set(.fair)
        }
        var began = ContinuousClock.now
        fair.start()
        #expect(try wire.echo([1, 2, 3]) == [1, 2, 3])
        #expect(ContinuousClock.now - began >= .milliseconds(290))
        pacer.set(.slow(milliseconds: 60))
        began = .now
        #expect(try wire.echo([4]) == [4])
        #expect(ContinuousClock.now - began >= .milliseconds(120))
    }

    @Test("stopping closes connections and frees the port")
    func stopping() throws {
        let server = try EchoServer()
        let pacer = try Pacer(port: try FreePort.next(), brokerPort: server.port)
        let wire = try KafkaWire(port: pacer.port)
        #expect(try wire.echo([1, 2]) == [1, 2])
        pacer.stop()
        #expect(throws: (any Error).self) { try wire.echo([3]) }
        let deadline = ContinuousClock.now + .seconds(5)
        while !FreePort.isFree(pacer.port) && ContinuousClock.now < deadline { usleep(2_000) }
        #expect(FreePort.isFree(pacer.port))
    }
}

/// What went wrong on other threads.
private final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [String] = []
    var all: [String] { lock.withLock { list } }
    func add(_ text: String) { lock.withLock { list.append(text) } }
}
