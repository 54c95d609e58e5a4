import Foundation
import HandoverPipeline
import LocalServers
import Postgres
import Testing

/// The program with a database and topics of its own, used as an operator uses it: every step is a command. The hub
/// lives by the clock of events, so that nothing waits for real time.
final class WholeHub {
    let connection: PostgresConnection
    private let folder: ServerFolder
    private let settings: URL
    private var hub: Process?

    /// One broker for all tests of this process.
    static let broker = Result { () throws -> (LocalBroker?, String) in
        if let named = ProcessInfo.processInfo.environment["THROUGHGATE_TEST_KAFKA"] { return (nil, named) }
        let broker = try LocalBroker.start(in: ServerFolder.fresh("program-broker").url)
        return (broker, broker.bootstrapServers)
    }

    /// Of everything on the broker that is this hub's.
    let topicPrefix = "t\(UUID().uuidString.prefix(8).lowercased())."

    /// - Parameters:
    ///   - servers: in place of the tests' own broker, with these properties of its client.
    ///   - database: in place of a fresh one of the tests' own server: migrated, and the URL for the settings.
    ///   - more: lines of the settings file.
    init(
        hold: String = "0s", servers: String? = nil, properties: [String: String] = [:],
        database: (PostgresConnection, url: String)? = nil, publicURL: String? = nil, more: String = ""
    ) throws {
        let (connection, url) = try database ?? TestDatabase.fresh()
        self.connection = connection
        folder = try ServerFolder.fresh("whole-hub")
        settings = folder.url.appendingPathComponent("settings.yaml")
        try Data(
            """
            kafka:
              bootstrapServers: "\(try servers ?? Self.broker.get().1)"
              topicPrefix: "\(topicPrefix)"
              properties:
                receive.message.max.bytes: "1000000000"
            \(WholeHub.lines(properties))
            postgres:
              url: "\(url)"
            http:
              address: "127.0.0.1:\(try FreePort.next())"
            \(publicURL.map { "  publicURL: \($0)" } ?? "")
            hub:
              instance: one
              releaseHold: \(hold)
              clock: events
            \(more)

            """.utf8
        ).write(to: settings)
        for (kind, file) in WholeHub.registers { try run(["import", kind, "-"], input: file) }
        try run(["topics", "apply", "--partitions", "1"])
    }

    deinit {
        hub?.terminate()
        hub?.waitUntilExit()
        folder.discard()
    }

    /// Properties of librdkafka as lines of the settings file.
    static func lines(_ properties: [String: String]) -> String {
        properties.sorted { $0.key < $1.key }.map { "    \($0.key): \"\($0.value)\"" }.joined(separator: "\n")
    }

    /// Runs a command; it must succeed unless another status is expected.
    @discardableResult
    func run(_ arguments: [String], input: String = "", expecting status: Int32 = 0) throws -> Program.Result {
        let result = try Program.run(arguments + ["--config", settings.path], input: input)
        #expect(result.status == status, "\(arguments.prefix(3)): \(result.errors)")
        return result
    }

    /// Commits an offset of a topic of this hub for a group, as a reader of Kafka does.
    func commit(group: String) throws {
        let process = try ClientProgram.start(
            "lag_states.py",
            ["commit", Self.broker.get().1, group, "reader", topicPrefix + "community.responses", "0"])
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    func start() throws { hub = try Program.hub(settings) }

    func stop() {
        hub?.terminate()
        hub?.waitUntilExit()
        hub = nil
    }

    /// Publishes events and waits until the hub has recorded them and has nothing left to project.
    func tell(_ events: [String]) throws {
        let before = try count("select count(*) from event")
        try run(["publish", "-"], input: events.joined(separator: "\n") + "\n")
        try wait { try self.count("select count(*) from event") >= before + events.count }
    }

    /// Starts the hub; a release of Z1234AD goes through it and becomes two handovers.
    func handOver() throws {
        try start()
        try tell(
            WholeHub.release("Z1234AD", "2", address: #","address":{"postcode":"LS9 7FL","status":"FAMILY"}"#))
        try wait { try self.count("select count(*) from message where recipient_kind is not null") == 2 }
    }

    func count(_ query: String) throws -> Int { try connection.query("\(unsafeRaw: query)").only()[0] }

    /// Asks until the condition holds; at most a minute.
    func wait(_ condition: () throws -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: 60)
        while Date() < deadline {
            if try condition() { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
        #expect(try condition(), "it did not come true within a minute")
    }

    /// A CloudEvent line; times are of 2026-06-05, `09:15`.
    static func event(
        _ type: String, _ noms: String, _ time: String, _ data: String, id: UUID = UUID()
    ) -> String {
        let stamp = "2026-06-05T\(time):00+01:00"
        return """
            {"specversion":"1.0","id":"\(id.uuidString.lowercased())","type":"throughgate.\(type).v1",\
            "source":"/prisons/MDI/nomis-feed","subject":"\(noms)","time":"\(stamp)","recordedtime":"\(stamp)",\
            "data":{\(data)}}
            """
    }

    /// Received, assessed, with both consents, released; nothing says where to.
    static func release(_ noms: String, _ minute: String, consent: String = "GIVEN", address: String = "") -> [String] {
        let consents = ["DRUG_SERVICE", "SUPERVISION"].map { scope in
            event(
                "consent.recorded", noms, "08:2\(minute)",
                #""scope":"\#(scope)","state":"\#(consent)","method":"WRITTEN","capacity":true"#)
        }
        return [
            event(
                "custody.received", noms, "08:0\(minute)",
                #""prisonId":"MDI","reason":"ADMISSION","legalStatus":"SENTENCED","movementReasonCode":"V""#),
            event(
                "thn.eligibility.assessed", noms, "08:1\(minute)",
                #""assessmentId":"a-1","outcome":"ELIGIBLE","criteria":["E2"],"onOst":false"#),
        ] + consents + [
            event(
                "release.actual", noms, "09:1\(minute)",
                #""releasedAt":"2026-06-05T09:1\#(minute):00+01:00","prisonId":"MDI","releaseReason":"CRD","#
                    + #""place":"PRISON","movementReasonCode":"CR","kitDeclaration":"NOT_STATED"\#(address)"#)
        ]
    }

    private static let registers = [
        ("prisons", "prison_id,name,active,onboarded_from\nMDI,Moorland,true,2015-01-01\n"),
        (
            "providers",
            """
            provider_id,kind,name,valid_from,utla
            prov-leeds,DRUG_SERVICE,Leeds,2015-01-01,
            prov-bradford,DRUG_SERVICE,Bradford,2015-01-01,
            ps-yh,PROBATION_REGION,Yorkshire,2015-01-01,
            com-leeds,COMMISSIONER,Leeds council,2015-01-01,E08000035

            """
        ),
        (
            "coverage",
            """
            provider_id,utla,pathway,age_band,rank,valid_from
            prov-leeds,E08000035,CORE,ADULT,1,2015-01-01
            prov-bradford,E08000032,CORE,ADULT,1,2015-01-01
            ps-yh,E08000035,SUPERVISION,ADULT,1,2015-01-01
            ps-yh,E08000032,SUPERVISION,ADULT,1,2015-01-01

            """
        ),
        ("postcodes", "outcode,utla,nation\nLS9,E08000035,England\nBD1,E08000032,England\n"),
        (
            "movement-reasons",
            "code,direction,class,release_reason\nCR,out,COMMUNITY_RELEASE,CRD\nV,in,ADMISSION,\n"
        ),
        ("bank-holidays", "nation,date,name\nengland-wales,2026-08-31,Summer\n"),
    ]
}
