import Foundation
import LocalServers
import Testing

@Suite("local servers: local broker", .serialized)
struct LocalBrokerTests {
    @Test("starts, keeps a topic over restart, and comes back after SIGKILL on the same port")
    func lifeOfABroker() throws {
        let folder = try ServerFolder.fresh("broker-life")
        defer { folder.discard() }
        let broker = try LocalBroker.start(in: folder.url)
        #expect(broker.bootstrapServers == "127.0.0.1:\(broker.port)")
        try KafkaWire(port: broker.port).createTopic("kept")
        try broker.restart()
        #expect(try KafkaWire(port: broker.port).metadata().topics.contains("kept"))
        broker.kill()
        #expect(!broker.isRunning)
        try broker.restart()
        #expect(try KafkaWire(port: broker.port).metadata().topics.contains("kept"))
        try broker.stop()
    }

    @Test("a paced broker advertises the pacer's port, an unpaced one its own")
    func advertisedPorts() throws {
        for paced in [true, false] {
            let folder = try ServerFolder.fresh("broker-ports")
            defer { folder.discard() }
            let broker = try LocalBroker.start(in: folder.url, paced: paced)
            let wire = try KafkaWire(port: broker.port)
            #expect(try wire.metadata().ports == [broker.port])
            #expect(try wire.coordinatorPort(group: "any") == broker.port)
            try broker.stop()
        }
    }

    @Test("while the broker is away its port still accepts and closes, so nobody else takes it")
    func portIsKept() throws {
        let folder = try ServerFolder.fresh("broker-away")
        defer { folder.discard() }
        let broker = try LocalBroker.start(in: folder.url)
        try broker.stop()
        #expect(!FreePort.isFree(broker.port))
        #expect(throws: (any Error).self) { try KafkaWire(port: broker.port).metadata() }
        try broker.restart()
        #expect(try KafkaWire(port: broker.port).metadata().ports == [broker.port])
        try broker.stop()
    }

    @Test("paused it does not answer, resumed it does")
    func pauseAndResume() throws {
        let folder = try ServerFolder.fresh("broker-pause")
        defer { folder.discard() }
        let broker = try LocalBroker.start(in: folder.url)
        broker.pause()
        #expect(throws: (any Error).self) { try KafkaWire(port: broker.port, seconds: 1).metadata() }
        broker.resume()
        #expect(try KafkaWire(port: broker.port).metadata().ports == [broker.port])
        try broker.stop()
    }

    @Test("a given port is used, and a taken one is refused by name")
    func givenPort() throws {
        let folder = try ServerFolder.fresh("broker-given")
        defer { folder.discard() }
        let port = try FreePort.next()
        let broker = try LocalBroker.start(in: folder.url, port: port)
        #expect(broker.port == port)
        let other = try ServerFolder.fresh("broker-taken")
        defer { other.discard() }
        let error = #expect(throws: LocalServerError.self) { try LocalBroker.start(in: other.url, port: port) }
        #expect(error?.description.contains("\(port)") == true)
        try broker.stop()
    }
}
