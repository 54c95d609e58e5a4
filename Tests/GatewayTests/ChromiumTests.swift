import Foundation
import Gateway
import Testing

/// Debian's browser and the Python client that drives it.
enum Chromium {
    static let isHere =
        Python.path != nil && FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium")
}

@Suite(
    "Chromium: the pages by keyboard, without scripts, small and large", .serialized,
    .enabled(if: Chromium.isHere, "no Chromium, or no Python with scripts/requirements-clients.txt"))
struct ChromiumTests {
    @Test func aWorkerAndAnOfficerDoTheirWorkAndNoPageHasAnAccessibilityFault() async throws {
        try await DoorBed.open { bed in
            try bed.connection.execute("insert into office values ('LDS1', 'prov-leeds', 'E08000035', 'Leeds West')")
            try bed.seed(
                SeededHandover(name: "Anna-Louise Example-With-A-Very-Long-Name", dueIn: -180), to: "prov-leeds",
                offset: 1)
            try bed.seed(SeededHandover(priority: 2), to: "prov-leeds", offset: 2)
            let stopped = try bed.seed(SeededHandover(name: "Stopped Person"), to: "prov-leeds", offset: 3)
            try bed.seed(.stop(stopped, version: 2, reason: "RETURNED_TO_CUSTODY"), to: "prov-leeds", offset: 4)
            _ = try bed.seedTask(
                topic: bed.topics.hubTasks,
                body: {
                    """
                    {"taskId":"\($0.uuidString.lowercased())","code":"PHONE_NOW","state":"OPEN",\
                    "providerId":"prov-leeds","prisonId":"MDI","handoverId":"\(stopped.uuidString.lowercased())"}
                    """
                }, offset: 5)
            try await bed.shown(5)
            let words = [
                "base": bed.base, "recipient": try bed.token(.recipient("prov-leeds")),
                "prison": try bed.token(.prisons(["MDI"])),
            ]
            let input = String(decoding: try JSONSerialization.data(withJSONObject: words), as: UTF8.self)
            let (status, text) = try await Python.run("pages.py", [], input: input)
            #expect(status == 0, "\(text)")
            #expect(text.hasSuffix("done\n"), "\(text)")
            #expect(try bed.records(on: bed.topics.communityResponses).count == 2)
            #expect(try bed.records(on: bed.topics.kitEvents).count == 1)
        }
    }
}
