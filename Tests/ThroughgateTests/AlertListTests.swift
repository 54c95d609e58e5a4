import Foundation
import Postgres
import Testing

@Suite("program: throughgate alerts")
struct AlertListTests {
    @Test("what is open is listed, the gravest first, with since when and what to do; the sum goes to standard error")
    func list() throws {
        let (connection, url) = try TestDatabase.fresh()
        func run(_ arguments: [String] = []) throws -> Program.Result {
            try Program.run(["alerts"] + arguments, environment: ["THROUGHGATE_POSTGRES_URL": url])
        }
        let calm = try run()
        #expect(calm.status == 0 && calm.output.isEmpty)
        #expect(calm.errors == "0 alerts are open; no hub has judged yet\n")
        try connection.execute(
            """
            insert into alert_state (rule, cause, is_open, opened_at, figure) values
                ('ThroughgateTimersLate', '', true, '2026-06-05 08:00:00Z', 3),
                ('ThroughgateStalled', 'topic="prison.kit-events"', true, '2026-06-05 09:30:00Z', 1),
                ('ThroughgateLag', 'topic="prison.kit-events"', false, '2026-06-05 07:00:00Z', 1)
            """)
        let told = try run()
        #expect(told.status == 0)
        #expect(
            told.output == """
                critical  2026-06-05T09:30:00Z  ThroughgateStalled
                    prison.kit-events stands still: records wait and none is done
                    Deploy/runbooks/ThroughgateStalled.md
                warning  2026-06-05T08:00:00Z  ThroughgateTimersLate
                    3 timers are due and not recorded: holds do not end, clocks do not run out
                    Deploy/runbooks/ThroughgateTimersLate.md

                """)
        #expect(told.errors.hasPrefix("2 alerts are open; "))
        let json = try run(["--json"]).output
        #expect(json.contains(#""alert":"ThroughgateStalled""#) && !json.contains("ThroughgateLag"))
    }
}
