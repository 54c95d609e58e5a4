import EventContracts
import ExactlyOnceKafka
import FaultTrials
import Foundation
import LocalServers
import Operations
import Postgres
import SyntheticEstate

/// Three hubs, a publisher, and the schedule of faults played on them. Everything is started from the calling thread.
final class TortureRun {
    private let world: DemoWorld
    private let volume: SmallVolume?
    private let schedule: FaultSchedule
    private let seconds: Double
    private let emissions: [Emission]
    private var hubs: [TrialHub] = []
    private var fronts: [Pacer] = []
    /// Hubs that the schedule has killed and not started again yet.
    private var down: Set<Int> = []
    private var report = TortureReport()

    /// After the last fault is mended, until everything is done.
    private static let settleSeconds = 180.0
    private static let slowMilliseconds = 150

    init(
        world: DemoWorld, volume: SmallVolume?, schedule: FaultSchedule, seconds: Double, emissions: [Emission],
        isOwnBroker: Bool
    ) throws {
        self.world = world
        self.volume = volume
        self.schedule = schedule
        self.seconds = seconds
        self.emissions = emissions
        for number in 1...TortureCommand.hubs {
            if isOwnBroker { fronts.append(try world.front()) }
            hubs.append(
                try TrialHub(
                    world, name: "hub-\(number)", broker: fronts.last.map { "127.0.0.1:\($0.port)" },
                    more: "log:\n  level: info\n"))
        }
    }

    /// Publishes while the faults go on, waits until all is done, and counts.
    func play() throws -> TortureReport {
        defer { for hub in hubs { hub.kill() } }
        defer { for front in fronts { front.stop() } }
        for hub in hubs { try hub.start() }
        guard wait(60, until: { hubs.allSatisfy(\.isReady) }) else {
            throw CommandFailure(.internalError, "the hubs did not become ready; see \(try keepLogs())")
        }
        let publisher = TrialPublisher(emissions, over: seconds * 0.9, topics: world.topics, kafka: try world.kafka())
        let began = Date()
        publisher.start()
        for moment in TortureRun.moments(schedule) {
            while Date().timeIntervalSince(began) < moment.at { try supervise() }
            try perform(moment)
        }
        while !publisher.isDone { try supervise() }
        report.published = emissions.count
        report.sentAgain = publisher.sentAgain
        try settle(began)
        for hub in hubs {
            let (status, seconds) = hub.stop()
            report.ends.append((hub.name, status, seconds))
        }
        return report
    }

    /// Everything the hubs said, where it stays.
    func keepLogs() throws -> String {
        let place = try ServerFolder.home().appendingPathComponent("torture-logs", isDirectory: true)
        try? FileManager.default.removeItem(at: place)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for log in hubs.map(\.log) + [world.postgres.log, world.broker.log] {
            try? FileManager.default.copyItem(at: log, to: place.appendingPathComponent(log.lastPathComponent))
        }
        return place.path
    }

    // MARK: - Time

    private struct Moment {
        var at: Double
        var fault: FaultSchedule.Fault
        var isEnd: Bool
    }

    private static func moments(_ schedule: FaultSchedule) -> [Moment] {
        schedule.faults.flatMap { fault in
            [
                Moment(at: fault.at, fault: fault, isEnd: false),
                Moment(at: fault.at + fault.seconds, fault: fault, isEnd: true),
            ]
        }.sorted { ($0.at, $0.isEnd ? 1 : 0) < ($1.at, $1.isEnd ? 1 : 0) }
    }

    /// What a supervisor does: a hub that ended by itself is started again.
    private func supervise() throws {
        for (index, hub) in hubs.enumerated() where !down.contains(index) {
            guard let status = hub.endedWith else { continue }
            report.endedByThemselves[status, default: 0] += 1
            Console.say("  \(hub.name) ended by itself with \(status): \(hub.lastLine)")
            Thread.sleep(forTimeInterval: 0.2)
            try hub.start()
        }
        Thread.sleep(forTimeInterval: 0.03)
    }

    private func wait(_ seconds: Double, until condition: () throws -> Bool) rethrows -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline {
            if try condition() { return true }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return try condition()
    }

    // MARK: - Faults

    private func perform(_ moment: Moment) throws {
        let fault = moment.fault
        if moment.isEnd { return try mend(fault) }
        Console.say("  \(fault.text)")
        report.done[fault.kind, default: 0] += 1
        if fault.kind == .hubFrozen, fault.seconds > 45 { report.pastSession += 1 }
        let hub = hubs[fault.hub]
        switch fault.kind {
        case .hubKilled:
            down.insert(fault.hub)
            hub.kill()
        case .hubFrozen: hub.signal(SIGSTOP)
        case .backendsTerminated: terminateBackends()
        case .postgresKilled: world.postgres.kill()
        case .postgresFrozen: world.postgres.pause()
        case .diskFull: volume?.fill()
        case .brokerFrozen: world.broker.pause()
        case .brokerRestarted: try world.broker.stop()
        case .networkCut: fronts[fault.hub].set(.cut)
        case .networkSilent: fronts[fault.hub].set(.silent)
        case .networkSlow: fronts[fault.hub].set(.slow(milliseconds: TortureRun.slowMilliseconds))
        }
    }

    private func mend(_ fault: FaultSchedule.Fault) throws {
        switch fault.kind {
        case .hubKilled:
            down.remove(fault.hub)
            try hubs[fault.hub].start()
        case .hubFrozen: hubs[fault.hub].signal(SIGCONT)
        case .backendsTerminated: break
        case .postgresKilled: try world.postgres.restart()
        case .postgresFrozen: world.postgres.resume()
        case .diskFull:
            volume?.empty()
            // Without room for its log PostgreSQL ends, as it must.
            if !world.postgres.isRunning {
                report.endedByFullDisk += 1
                try world.postgres.restart()
            }
        case .brokerFrozen: world.broker.resume()
        case .brokerRestarted: try restartBroker()
        case .networkCut, .networkSilent, .networkSlow: fronts[fault.hub].set(.fair)
        }
    }

    /// With a full store on a busy machine it may take longer to be ready than it is given at once.
    private func restartBroker() throws {
        for _ in 1...5 where !world.broker.isRunning { try? world.broker.restart() }
        if !world.broker.isRunning { try world.broker.restart() }
    }

    private func terminateBackends() {
        guard let server = try? PostgresConnection(PostgresConfiguration(url: world.postgres.superuserURL)) else {
            return
        }
        let ended: Int64? = try? server.query(
            """
            select count(*) filter (where pg_terminate_backend(pid))::int8 from pg_stat_activity
            where usename = 'throughgate'
            """
        ).only()[0]
        report.backends += Int(ended ?? 0)
    }

    // MARK: - The end

    /// Waits until every record is done with and nothing is missing, while the hubs run; then counts once more.
    private func settle(_ began: Date) throws {
        let mended = Date()
        let count = TrialCount(world, emissions)
        let deadline = Date(timeIntervalSinceNow: TortureRun.settleSeconds)
        while try !count.isCommitted(), Date() < deadline { try supervise() }
        report.settled = Date().timeIntervalSince(mended)
        while true {
            let check = try count.check()
            report.take(check)
            if report.adds || Date() >= deadline { break }
            for _ in 0..<20 { try supervise() }
        }
        report.seconds = Date().timeIntervalSince(began)
        report.lostByBroker = try count.lostByBroker()
        report.replay = try count.replay()
    }
}
