import Foundation

/// The comparison as a table and as a plot.
struct PeerTable {
    private let rows: [(kind: PeerProgram.Kind, result: PeerResult, delay: PeerDelay)]
    private let about: String

    init(
        _ results: [PeerProgram.Kind: [PeerResult]], _ delays: [PeerProgram.Kind: [PeerDelay]], people: Int,
        seed: UInt64
    ) {
        rows = PeerProgram.Kind.allCases.compactMap { kind in
            guard let turns = results[kind], let waits = delays[kind] else { return nil }
            return (kind, PeerTable.middle(turns) { $0.eventsPerSecond }, PeerTable.middle(waits) { $0.p99 })
        }
        about =
            "\(people) releases and \(people / 2) kits, seed \(seed), the middle of"
            + " \(results.values.first?.count ?? 0) turns each, \(ProcessInfo.processInfo.activeProcessorCount) cores"
    }

    /// The turn that is in the middle by a figure. There is at least one.
    static func middle<Turn>(_ turns: [Turn], _ measure: (Turn) -> Double) -> Turn {
        turns.sorted { measure($0) < measure($1) }[turns.count / 2]
    }

    /// One turn as a line.
    static func line(_ kind: PeerProgram.Kind, _ r: PeerResult) -> String {
        String(
            format:
                "%@  %.0f events/s  µs an event: own %.1f, PostgreSQL %.1f, broker %.1f  %.0f MiB  start %.2f s  %@",
            kind.title, r.eventsPerSecond, r.own, r.postgres, r.broker, r.mebibytes, r.startUp,
            r.fault ?? "\(r.messages) messages, complete, nothing twice")
    }

    /// Markdown.
    var lines: [String] {
        var lines = [
            "| program | events/s | own µs | PostgreSQL µs | broker µs | peak MiB | start s | p50 ms | p99 ms"
                + " | checked |",
            "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
        ]
        for (kind, r, d) in rows {
            lines.append(
                String(
                    format: "| %@ | %.0f | %.1f | %.1f | %.1f | %.0f | %.2f | %.1f | %.1f | %@ |", kind.title,
                    r.eventsPerSecond, r.own, r.postgres, r.broker, r.mebibytes, r.startUp, d.p50, d.p99,
                    r.fault ?? "exact"))
        }
        guard let hub = rows.first(where: { $0.kind == .hub }) else { return lines }
        for (kind, r, d) in rows where kind != .hub {
            lines.append(
                String(
                    format: "| ratio to %@ | %.2f | %.1f | %.1f | %.1f | %.2f | | %.2f | %.2f | |", kind.title,
                    hub.result.eventsPerSecond / r.eventsPerSecond, hub.result.own / r.own,
                    hub.result.postgres / r.postgres, hub.result.broker / r.broker,
                    hub.result.mebibytes / r.mebibytes, hub.delay.p50 / d.p50, hub.delay.p99 / d.p99))
        }
        return lines + ["", about + "."]
    }

    /// Writes `Speed.md`'s table and `speed.svg`.
    func write(to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: folder.appendingPathComponent("speed-table.md"))
        try Data(plot.utf8).write(to: folder.appendingPathComponent("speed.svg"))
    }

    /// Processor time an event as stacked bars: own, PostgreSQL, broker.
    private var plot: String {
        var plot = BarPlot(title: "Processor time an event", parts: PeerTable.parts, about: about)
        for row in rows {
            plot.add(
                row.kind.title, PeerTable.parts(of: row.result),
                String(format: "%.0f events/s", row.result.eventsPerSecond))
        }
        return plot.svg
    }

    /// What processor time is told of.
    static let parts = ["own µs an event", "PostgreSQL µs an event", "broker µs an event"]

    static func parts(of r: PeerResult) -> [Double] { [r.own, r.postgres, r.broker] }
}
