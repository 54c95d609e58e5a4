import Foundation
import HandoverPipeline
import HandoverRules
import Logging
import Postgres
import Synchronization
import SyntheticEstate

/// One run of the hub over the estate, day by day, with what the community answers.
struct DemoRun {
    let command: DemoCommand
    let world: DemoWorld
    let estate: Estate

    /// Plays the estate to its end and prints the table.
    ///
    /// - Returns: what does not add up.
    func play() throws -> [String] {
        let hub = Hub(
            settings: try world.hubSettings(clock: .events),
            log: Logger(label: "demo") { _ in LogLines(level: .error, format: .text) })
        let failure = Mutex<(any Error)?>(nil)
        let ended = DispatchSemaphore(value: 0)
        let worker = StartedHub(hub) { error in
            failure.withLock { $0 = error }
            ended.signal()
        }
        defer {
            hub.stop()
            _ = ended.wait(timeout: .now() + 15)
            withExtendedLifetime(worker) {}
        }
        command.say("the hub runs with hub.clock: events from Thursday 2026-06-04")
        let inbox = try DemoInbox(world, limit: command.quiet ? 0 : command.show)
        let began = Date()
        var community = DemoCommunity(seed: estate.plan.seed, recipients: try world.recipients())
        let told = try tell(hub, inbox, &community, failure: { failure.withLock { $0 } })
        let seconds = Date().timeIntervalSince(began)
        if !command.quiet { Console.say("\n  … \(inbox.reading.handovers.count - inbox.shown) more handovers") }
        let report = try DemoReport(
            estate: estate, told: told, community: community, status: hub.status.snapshot, reading: inbox.reading,
            timersTopic: world.topics.timers, seconds: seconds, ledger: world.connection())
        Console.say()
        report.print()
        if !command.quiet, let story = DemoStory(estate, told, inbox.reading) {
            Console.say()
            story.print()
        }
        Console.say()
        return report.contradictions
    }

    /// Publishes hour by hour what prisons tell and recipients answer, and waits each time until the hub has done all.
    ///
    /// - Returns: everything published, in order.
    private func tell(
        _ hub: Hub, _ inbox: DemoInbox, _ community: inout DemoCommunity, failure: () -> (any Error)?
    ) throws -> [Emission] {
        let feed = try DemoFeed(topics: world.topics, to: world.kafka())
        defer { feed.close() }
        let connection = try world.connection()
        var told: [Emission] = []
        var waiting = Array(estate.emissions)
        let pace = command.seconds / Double(max(1, waiting.count))
        while let first = waiting.first {
            let end = DemoRun.sliceEnd(after: first.at, from: estate.plan.start)
            let slice = waiting.prefix { $0.at < end }
            waiting.removeFirst(slice.count)
            try feed.publish(slice)
            told += slice
            if pace > 0 { Thread.sleep(forTimeInterval: pace * Double(slice.count)) }
            try settle(hub, told.count, connection, failure: failure)
            try inbox.catchUp(to: hub.status.snapshot.published.values.reduce(0, +))
            // The last word is the estate's own: what would be answered after it is not told any more.
            guard !waiting.isEmpty else { break }
            let answers = community.answer(inbox.reading, earliest: end)
            let last = waiting.removeLast()
            waiting += answers.filter { $0.at < last.at }
            waiting.sort { $0.at < $1.at }
            waiting.append(last)
        }
        Console.progress("")
        return told
    }

    /// Slices of two hours by day while people leave, of half a day by night and afterwards.
    private static func sliceEnd(
        after at: HandoverRules.Instant, from start: HandoverRules.Instant
    )
        -> HandoverRules.Instant
    {
        let hours = max(0, (at - start).microseconds / 3_600_000_000)
        let day = hours / 24, hour = hours % 24
        let isBusy = day < 9 && (8..<20).contains(hour)
        let end = isBusy ? hour / 2 * 2 + 2 : hour < 8 ? 8 : day < 9 ? 24 : hour < 16 ? 16 : 24
        return start + .hours(day * 24 + end)
    }

    /// Waits until every record is accounted for and no timer that is due stands open.
    private func settle(
        _ hub: Hub, _ published: Int, _ connection: PostgresConnection, failure: () -> (any Error)?
    ) throws {
        let deadline = Date(timeIntervalSinceNow: 300)
        while Date() < deadline {
            if let error = failure() { throw error }
            let snapshot = hub.status.snapshot
            let counted = snapshot.events.reduce(0) { sum, event in
                event.key.topic == world.topics.timers ? sum : sum + event.value
            }
            Console.progress("\(counted) records")
            if counted >= published, snapshot.isSettled {
                let due: Int64 = try connection.query(
                    "select count(*)::int8 from timer where due_at <= (select max(received_at) from event)"
                ).only()[0]
                if due == 0, hub.status.snapshot.isSettled { return }
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        throw CommandFailure(.internalError, "the hub did not do \(published) records in 300 s")
    }
}

/// The hub on a thread of its own.
private final class StartedHub: Sendable {
    init(_ hub: Hub, ended: @escaping @Sendable ((any Error)?) -> Void) {
        let thread = Thread {
            do {
                try hub.run()
                ended(nil)
            } catch {
                ended(error)
            }
        }
        thread.stackSize = 1 << 20
        thread.start()
    }
}

extension HubStatus.Snapshot {
    /// Every partition has been read to its end.
    var isSettled: Bool {
        partitions.values.allSatisfy { progress in
            progress.end.map { (progress.position ?? 0) >= $0 } ?? true
        }
    }
}
