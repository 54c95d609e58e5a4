import ArgumentParser
import FaultTrials
import Foundation
import HandoverRules
import LocalServers
import SyntheticEstate

/// `throughgate torture`: three hubs on private servers, everything done to them that can happen, and then the count.
struct TortureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "torture", abstract: "Kill, freeze and starve three hubs, and check that everything adds up.",
        discussion: """
            A seed repeats the schedule of faults and the events; what the processes are doing at that moment is the \
            machine's. THROUGHGATE_TEST_KAFKA names a cluster to use instead of the local broker: then broker and \
            network are left alone. THROUGHGATE_BINARY names the program to torture.
            """, shouldDisplay: false)

    @Option(help: "How long faults go on.") var minutes = 10.0
    @Option(help: "Seed of schedule and events; random when left out.") var seed: UInt64?
    @Option(help: "People a minute; each has about fourteen records.") var people = 150
    @Flag(help: "Print the schedule and do nothing.") var schedule = false

    static let hubs = 3

    func validate() throws {
        guard minutes > 0, people > 0 else { throw ValidationError("--minutes and --people must be above 0") }
    }

    func run() throws {
        let seed = seed ?? UInt64.random(in: 1...999_999)
        let cluster = ProcessInfo.processInfo.environment["THROUGHGATE_TEST_KAFKA"]
        var kinds = Set(FaultSchedule.Kind.allCases)
        // The local broker loses what it acknowledges while it saves its store; `OutageTests` restart it at rest.
        kinds.remove(.brokerRestarted)
        if cluster != nil {
            kinds.subtract([.brokerFrozen, .brokerRestarted, .networkCut, .networkSilent, .networkSlow])
        }
        Console.say("throughgate: torture of \(minutes) minutes, seed \(seed)")
        Console.say("brokerRestarted is left out: the local broker loses what it acknowledges while it saves its store")
        if schedule {
            for fault in plan(seed, kinds).faults { Console.say("  \(fault.text)") }
            return
        }
        let volume = VolumeForTrial(mebibytes: 512 + Int(minutes) * 64)
        defer { volume.unmount() }
        let world = try DemoWorld(
            "torture", postgresSettings: ["max_wal_size": "128MB"], volume: volume.mount, cluster: cluster)
        defer { world.stop() }
        if !volume.isMounted {
            kinds.remove(.diskFull)
            Console.say("diskFull is left out: mounting a small volume for PostgreSQL is not permitted here")
        }
        let estate = Estate(TortureCommand.estatePlan(seed: seed, people: Int(Double(people) * minutes)))
        try world.fill(for: estate)
        let run = try TortureRun(
            world: world, volume: volume.mounted, schedule: plan(seed, kinds), seconds: minutes * 60,
            emissions: estate.emissions.filter { $0.fate != .rejected(.futureDated) }, isOwnBroker: cluster == nil)
        let report = try run.play()
        report.print()
        guard report.adds else {
            Console.note("throughgate: does not add up; again with: make torture MINUTES=\(minutes) SEED=\(seed)")
            throw CommandFailure(
                .internalError, "\(report.faults.count) faults; logs of the hubs: \(try run.keepLogs())")
        }
        Console.say("everything adds up")
    }

    private func plan(_ seed: UInt64, _ kinds: Set<FaultSchedule.Kind>) -> FaultSchedule {
        FaultSchedule(seed: seed, seconds: minutes * 60, hubs: TortureCommand.hubs, kinds: kinds)
    }

    /// The machine's clock judges here, so the estate lies wholly in the past; what is dated in its own future is not
    /// in ours and is left out.
    private static func estatePlan(seed: UInt64, people: Int) -> EstatePlan {
        let day: Int64 = 86_400_000_000
        let today = Wall.now().microseconds / day * day
        return EstatePlan(
            seed: seed, people: max(EstateCase.allCases.count, people),
            start: HandoverRules.Instant(microseconds: today - 14 * day))
    }
}

/// The volume that PostgreSQL lies on, mounted once the folder of the trial is made.
final class VolumeForTrial {
    private let mebibytes: Int
    private(set) var mounted: SmallVolume?

    init(mebibytes: Int) { self.mebibytes = mebibytes }

    var isMounted: Bool { mounted != nil }

    func mount(in folder: ServerFolder) -> SmallVolume? {
        mounted = SmallVolume.mount(in: folder, mebibytes: mebibytes)
        return mounted
    }

    func unmount() { mounted?.unmount() }
}
