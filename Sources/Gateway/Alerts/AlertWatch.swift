import Foundation
import HandoverPipeline
import HandoverRules
import Logging
import Operations
import Postgres

/// Judges the rules every few seconds by the figures of /metrics, and tells of each opening and clearing.
///
/// Of several hubs the one that holds the lease in PostgreSQL does it; the others follow what it keeps there, so that
/// whoever takes over opens nothing anew. A notice is kept with the change that caused it, and told at least once: a
/// crash between telling and keeping tells again under the same id. Without the ledger each hub judges and tells by
/// itself, from memory, and what it told is kept when the ledger is back. Nothing of the pipeline waits for it.
actor AlertWatch {
    private enum Role { case leads, follows, alone }

    private let courier: AlertCourier
    private let work: LedgerWork
    private let board: AlertBoard
    private let measured: @Sendable () async -> [MetricFamily]
    private let holder: String
    private let log: Logger

    private var book = AlertBook()
    private var lookedAt: HandoverRules.Instant?
    private var role = Role.follows
    /// As the ledger has it.
    private var kept: [AlertCause: AlertStanding] = [:]
    private var notices: [AlertNotice.Key: AlertNotice] = [:]
    private var unkept: Set<AlertNotice.Key> = []
    private var tidiedAt: HandoverRules.Instant?

    /// Messages sent in one look; the rest has its turn in the next.
    private static let sentMax = 20

    init(
        _ couriers: CourierSettings, hub: HubSettings, board: AlertBoard, log: Logger,
        measured: @escaping @Sendable () async -> [MetricFamily]
    ) {
        var database = hub.postgres
        database.applicationName = "throughgate-alerts"
        // A server that hangs must not keep the others' alerts.
        database.statementTimeout = .seconds(5)
        work = LedgerWork(database, threads: CourierLimits.ledgerThreads)
        courier = AlertCourier(
            settings: couriers.alerts, couriers: couriers, source: "/throughgate/\(hub.instance)", work: work)
        self.board = board
        self.log = log
        self.measured = measured
        holder = hub.instance + "/" + UUID().uuidString
    }

    /// Works until its task is cancelled; then another hub may take over at once.
    func run() async {
        while !Task.isCancelled {
            await look()
            try? await Task.sleep(for: courier.settings.tick)
        }
        let (work, holder) = (work, holder)
        await Task { try? await work.run { try AlertStore.release(holder, on: $0) } }.value
        work.stop()
    }

    private func look() async {
        let now = courier.couriers.now()
        await take(now)
        defer { board.show(book, at: lookedAt, waiting: notices.values) }
        guard role != .follows else { return }
        for change in book.look(await measured(), now: now) { note(change) }
        lookedAt = now
        await keep(now)
        await deliver()
        await keep(now)
    }

    // MARK: Who judges

    /// Takes or renews the lease, or follows who has it.
    private func take(_ now: HandoverRules.Instant) async {
        let (holder, leads) = (holder, role == .leads)
        do {
            let (isOurs, past, waiting) =
                try await work.run { connection in
                    let isOurs = try AlertStore.claim(holder, on: connection)
                    // Whoever holds it on knows what is there.
                    guard !isOurs || !leads else { return (isOurs, nil, []) }
                    let past = try AlertStore.standings(on: connection)
                    return (isOurs, past, isOurs ? try AlertStore.waiting(on: connection) : [])
                } as (Bool, AlertStore.Past?, [AlertNotice])
            if let past { follow(past, waiting, takesOver: isOurs) }
            role = isOurs ? .leads : .follows
        } catch {
            if role != .alone {
                log.warning("alerts are judged from memory", metadata: ["cause": "\(CourierFigures.name(error))"])
            }
            role = .alone
        }
    }

    private func follow(_ past: AlertStore.Past, _ waiting: [AlertNotice], takesOver: Bool) {
        kept = past.standings
        guard takesOver else {
            book.restore(past.standings, lookedAt: past.lookedAt)
            lookedAt = past.lookedAt
            (notices, unkept) = ([:], [])
            return
        }
        // What this hub saw while it was alone counts, unless somebody has known better since.
        let own = role == .alone ? book.standings : [:]
        let merged = past.standings.merging(own) { theirs, ours in
            if let opened = theirs.openedAt, opened > ours.openedAt ?? .distantPast { return theirs }
            return ours.openedAt == nil && theirs.isOpen ? theirs : ours
        }
        book.restore(merged, lookedAt: role == .alone ? lookedAt : past.lookedAt)
        for notice in waiting where notices[notice.key] == nil { notices[notice.key] = notice }
    }

    // MARK: What changed

    private func note(_ change: AlertBook.Change) {
        log.warning(
            change.isOpen ? "alert" : "alert cleared",
            metadata: ["alert": "\(change.rule.name)", "for": "\(change.cause.text)"])
        for door in courier.doors {
            let notice = AlertNotice(change, door: door)
            if notices.count >= AlertLimits.noticesMax, let oldest = notices.values.min(by: { $0.at < $1.at }) {
                notices[oldest.key] = nil
                unkept.remove(oldest.key)
            }
            notices[notice.key] = notice
            unkept.insert(notice.key)
        }
    }

    /// Puts into the ledger what it has not; what fails is put there by a later look.
    private func keep(_ now: HandoverRules.Instant) async {
        guard role == .leads else { return }
        var changed: [AlertCause: AlertStanding?] = [:]
        for (cause, standing) in book.standings where kept[cause] != standing { changed[cause] = standing }
        for cause in kept.keys where book.standings[cause] == nil { changed.updateValue(nil, forKey: cause) }
        let news = unkept.compactMap { notices[$0] }
        let (holder, isTidying) = (holder, tidiedAt.map { now - $0 > .hours(1) } ?? true)
        let (standings, states) = (book.standings, changed)
        do {
            try await work.run { connection in
                try AlertStore.keep(states, news, lookedAt: now, holder: holder, on: connection)
                if isTidying { try AlertStore.tidy(on: connection) }
            }
        } catch { return }
        kept = standings
        if isTidying { tidiedAt = now }
        for notice in news {
            unkept.remove(notice.key)
            if notice.state != .waiting { notices[notice.key] = nil }
        }
    }

    // MARK: Telling

    private func deliver() async {
        let start = courier.couriers.now()
        let due = notices.values.filter { $0.state == .waiting && $0.nextAt <= start }
            .sorted { ($0.at, $0.id) < ($1.at, $1.id) }.prefix(AlertWatch.sentMax)
        var isAway: Set<AlertNotice.Door> = []
        for var notice in due where !isAway.contains(notice.door) && !Task.isCancelled {
            guard await mayTell() else { return }
            let (outcome, isTaken) = await courier.send(notice, now: courier.couriers.now())
            notice.tried(outcome, isTaken: isTaken, now: courier.couriers.now())
            board.count(notice.door, notice.state)
            notices[notice.key] = notice
            unkept.insert(notice.key)
            // The others have their turn when this one was taken.
            guard !isTaken else { continue }
            isAway.insert(notice.door)
            log.warning(
                "an alert was not taken",
                metadata: ["alert": "\(notice.rule.name)", "cause": "\(outcome)"])
        }
    }

    /// Whether another hub has taken over meanwhile. Without the ledger nobody can have.
    private func mayTell() async -> Bool {
        guard role == .leads else { return true }
        let holder = holder
        do {
            let isOurs = try await work.run { try AlertStore.claim(holder, on: $0) }
            if !isOurs { role = .follows }
            return isOurs
        } catch {
            role = .alone
            return true
        }
    }
}
