import Testing

@Suite("program: settings and exit codes")
struct SettingsTests {
    @Test(
        "a wrong settings file ends with 78 and one line that names the key",
        arguments: [
            ("hub:\n  instnce: one\n", "hub.instnce"),
            ("kafka:\n  topicPrefx: a\n", "kafka.topicPrefx"),
            ("hub:\n  releaseHold: 45\n", "hub.releaseHold"),
            ("hub:\n  releaseHold: 25h\n", "hub.releaseHold"),
            ("hub:\n  clock: sundial\n", "hub.clock"),
            ("hub:\n  instance: 'two words'\n", "hub.instance"),
            ("http:\n  address: 8080\n", "http.address"),
            ("http:\n  address: 127.0.0.1:0\n", "http.address"),
            ("kafka:\n  bootstrapServers: nowhere\n", "kafka.bootstrapServers"),
            ("kafka:\n  bootstrapServers: [a:1, b:2]\n", "kafka.bootstrapServers"),
            ("kafka:\n  properties:\n    enable.idempotence: false\n", "kafka.properties.enable.idempotence"),
            ("kafka:\n  properties:\n    sasl.passwordFile: /does/not/exist\n", "kafka.properties.sasl.passwordFile"),
            ("postgres:\n  url: mysql://127.0.0.1/x\n", "postgres.url"),
            ("postgres:\n  passwordFile: /does/not/exist\n", "postgres.passwordFile"),
            ("log:\n  level: loud\n", "log.level"),
            ("- one\n", "--config"),
            ("hub: {instance: one\n", "--config"),
            ("hub:\n  group: a\n  group: b\n", "--config"),
        ])
    func wrongFile(content: String, key: String) throws {
        let result = try Program.withFile(content) { try Program.run(["migrate", "--config", $0]) }
        #expect(result.status == 78)
        #expect(result.errors.hasPrefix("throughgate: \(key): "), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test("the environment overrides the file, and an empty variable counts as absent")
    func environment() throws {
        let file = "postgres:\n  url: postgres://127.0.0.1:2/x\n"
        let fromFile = try Program.withFile(file) {
            try Program.run(["migrate"], environment: ["THROUGHGATE_CONFIG": $0, "THROUGHGATE_POSTGRES_URL": ""])
        }
        #expect(fromFile.status == 69)
        #expect(fromFile.errors.contains("127.0.0.1:2"))
        let overridden = try Program.withFile(file) {
            try Program.run(
                ["migrate", "--config", $0],
                environment: ["THROUGHGATE_POSTGRES_URL": "postgres://127.0.0.1:1/x"])
        }
        #expect(overridden.status == 69)
        #expect(overridden.errors.contains("127.0.0.1:1"))
        let wrong = try Program.run(["migrate"], environment: ["THROUGHGATE_HUB_CLOCK": "sundial"])
        #expect(wrong.status == 78)
        #expect(wrong.errors.contains("THROUGHGATE_HUB_CLOCK"))
    }

    @Test("a secret is never echoed, whatever is wrong with it or beside it")
    func secrets() throws {
        let secret = "canary-s3cret"
        let settings = [
            "postgres:\n  url: 'postgres://hub:\(secret)@127.0.0.1:1/x'\n",
            "postgres:\n  url: 'mysql://hub:\(secret)@127.0.0.1:1/x'\n",
            "kafka:\n  bootstrapServers: 127.0.0.1:1\n  properties:\n    sasl.mechanism: \(secret)\n",
            "kafka:\n  properties:\n    sasl.password: \(secret)\n    acks: \(secret)\n",
            "postgres:\n  pasword: \(secret)\n", "hub: \(secret)\n", "\(secret): [\n",
        ]
        for content in settings {
            for command in ["migrate", "check"] {
                let result = try Program.withFile(content) { try Program.run([command, "--config", $0]) }
                #expect(result.status == 78 || result.status == 69)
                #expect(!(result.output + result.errors).contains(secret), "\(command): \(content)")
            }
        }
    }

    @Test("usage, bad input and an absent server have exit codes of their own")
    func exitCodes() throws {
        #expect(try Program.run(["frobnicate"]).status == 64)
        #expect(try Program.run(["import", "pigeons", "x.csv"]).status == 64)
        #expect(try Program.run(["subscribe", "--recipient", "no such id"]).status == 64)
        #expect(try Program.run(["--help"]).status == 0)
        let nowhere = [
            "THROUGHGATE_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
            "THROUGHGATE_POSTGRES_URL": "postgres://127.0.0.1:1/x",
        ]
        for command in [["lag"], ["topics", "plan"], ["rejected", "list"], ["migrate"], ["run"]] {
            var environment = nowhere
            environment["THROUGHGATE_HTTP_ADDRESS"] = "127.0.0.1:\(try FreePort.next())"
            #expect(try Program.run(command, environment: environment).status == 69, "\(command)")
        }
    }

    @Test("publish --check names line, field and rule, needs no server, and says nothing of the values")
    func publishCheck() throws {
        let good = """
            {"specversion":"1.0","id":"7f8d9d6e-0000-4000-8000-000000000001",\
            "type":"throughgate.custody.received.v1","source":"/prisons/MDI/nomis-feed","subject":"Z1234AB",\
            "time":"2025-11-20T10:00:00Z","recordedtime":"2025-11-20T10:05:00Z",\
            "data":{"bookingId":123456,"prisonId":"MDI","reason":"ADMISSION","legalStatus":"REMAND"}}
            """
        #expect(try Program.run(["publish", "--check", "-"], input: good + "\n\n" + good).status == 0)
        let bad = good.replacing("Z1234AB", with: "Z1234CANARY")
        let asJSON = try Program.run(["publish", "--check", "--json", "-"], input: good + "\n\n" + bad + "\n{\n")
        #expect(asJSON.status == 65)
        let lines = asJSON.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first == #"{"line":1,"verdict":"GOOD","topic":"prison.custody-movements"}"#)
        let field = #"{"line":3,"verdict":"BAD","reason":"FIELD_INVALID","field":"subject","rule":""#
        #expect(lines.dropFirst().first?.hasPrefix(field) == true)
        #expect(
            lines.last?.hasPrefix(#"{"line":4,"verdict":"BAD","reason":"MALFORMED","field":"value","rule":""#) == true)
        let result = try Program.run(["publish", "--check", "-"], input: good + "\n" + bad + "\n{\n")
        #expect(result.status == 65)
        #expect(result.errors.contains("line 2: FIELD_INVALID subject"))
        #expect(result.errors.contains("line 3: MALFORMED"))
        #expect(!result.errors.contains("CANARY"))
    }
}
