import ExactlyOnceKafka
import Testing

@Suite("rules: settings of the Kafka client")
struct SettingsTests {
    @Test(arguments: [
        ("enable.auto.commit", "true"), ("enable.auto.offset.store", "true"), ("isolation.level", "read_uncommitted"),
        ("enable.idempotence", "false"), ("transactional.id", "x"), ("group.id", "x"), ("group.instance.id", "x"),
        ("acks", "1"), ("request.required.acks", "1"), ("max.in.flight", "10"),
        ("max.in.flight.requests.per.connection", "10"), ("transaction.timeout.ms", "900000"),
        ("ssl.endpoint.identification.algorithm", "none"), ("enable.ssl.certificate.verification", "false"),
        ("auto.offset.reset", "latest"), ("partition.assignment.strategy", "cooperative-sticky"),
        ("allow.auto.create.topics", "true"), ("test.mock.num.brokers", "1"), ("bootstrap.servers", "x:1"),
    ])
    func whatWouldBreakExactlyOnceIsRefusedByName(_ key: String, _ value: String) throws {
        let error = #expect(throws: KafkaSettingError.self) {
            try KafkaConfiguration(bootstrapServers: "127.0.0.1:1", properties: [key: value])
        }
        #expect(error?.key == key)
        #expect(error?.remedy.isEmpty == false)
    }

    @Test func tlsAndSaslPass() throws {
        _ = try KafkaConfiguration(
            bootstrapServers: "broker.invalid:9093",
            properties: [
                "security.protocol": "sasl_ssl", "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "hub",
                "sasl.password": "not-a-real-one", "ssl.endpoint.identification.algorithm": "https",
                "enable.ssl.certificate.verification": "true", "socket.keepalive.enable": "true",
            ])
    }

    @Test func anUnknownKeyOrAWrongValueIsNamedWithoutItsValue() {
        for (key, value) in [("no.such.property", "canary-7731"), ("socket.timeout.ms", "canary-7731")] {
            let error = #expect(throws: KafkaSettingError.self) {
                try KafkaConfiguration(bootstrapServers: "127.0.0.1:1", properties: [key: value])
            }
            #expect(error?.key == key)
            #expect(error.map { !"\($0)".contains("canary") } == true)
        }
    }

    @Test func theLimitsDoNotContradictEachOther() {
        #expect(KafkaLimits.contradictions() == [])
    }

    @Test(arguments: [
        ("session.timeout.ms", "20000"), ("heartbeat.interval.ms", "30000"), ("max.poll.interval.ms", "10000"),
        ("message.max.bytes", "90000000"), ("receive.message.max.bytes", "1000000"),
        ("queued.max.messages.kbytes", "2000000"),
    ])
    func aLimitThatContradictsAnotherIsRefused(_ key: String, _ value: String) {
        #expect(throws: KafkaSettingError.self) {
            try KafkaConfiguration(bootstrapServers: "127.0.0.1:1", properties: [key: value])
        }
    }

    @Test func anErrorsRecoveryFollowsItsFlagsInOrder() {
        func recovery(_ code: String, _ flags: KafkaError.Flags) -> KafkaError.Recovery {
            KafkaError(code: code, flags: flags, place: "test", message: "").recovery
        }
        #expect(recovery("x", .init(isFatal: true, requiresAbort: true, isRetriable: true)) == .stop)
        #expect(recovery("x", .init(requiresAbort: true, isRetriable: true)) == .abort)
        #expect(recovery("x", .init(isRetriable: true)) == .retry)
        #expect(recovery("x", .init()) == .stop)
        #expect(recovery("_FENCED", .init(requiresAbort: true)) == .stop)
        #expect(recovery("PRODUCER_FENCED", .init(isRetriable: true)) == .stop)
    }
}
