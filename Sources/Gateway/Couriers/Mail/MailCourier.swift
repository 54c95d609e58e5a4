import Foundation
import HandoverPipeline
import HandoverRules
import Logging
import NIOPosix
import Postgres
import Synchronization

/// Tells recipients by e-mail that a handover waits: when one of P1 or P2 is shown, and when half of its clock has
/// passed without an acknowledgement. Says how many wait and nothing of them. What is to be told lies in PostgreSQL;
/// a crash repeats at most one mail, under the same Message-ID. Nothing waits for it.
final class MailCourier: Sendable {
    private let mail: MailSettings
    private let now: @Sendable () -> HandoverRules.Instant
    private let work: LedgerWork
    private let programs = NIOThreadPool(numberOfThreads: CourierLimits.mailersMax)
    private let holder: String
    private let figures: CourierFigures
    private let log: Logger
    private let busy = Mutex(0)

    init(
        _ mail: MailSettings, now: @escaping @Sendable () -> HandoverRules.Instant, instance: String, work: LedgerWork,
        figures: CourierFigures, log: Logger
    ) {
        self.mail = mail
        self.now = now
        self.work = work
        self.figures = figures
        self.log = log
        holder = instance + "/" + UUID().uuidString
    }

    /// Works until its task is cancelled. Each address is written to by itself: a relay that hangs at one holds no
    /// other.
    func run() async {
        programs.start()
        defer { programs.shutdownGracefully { _ in } }
        await withDiscardingTaskGroup { group in
            var isAway = false
            while !Task.isCancelled {
                do {
                    try await look(&group)
                    isAway = false
                } catch {
                    if !isAway { log.warning("e-mail waits", metadata: ["cause": "\(CourierFigures.name(error))"]) }
                    isAway = true
                    figures.set(.mail, waiting: "the ledger does not answer")
                }
                try? await Task.sleep(for: .milliseconds(CourierLimits.tickMilliseconds))
            }
        }
    }

    /// Notes whom a mail is owed, and begins what is due.
    private func look(_ group: inout DiscardingTaskGroup) async throws {
        let at = self.now()
        while try await work.run({ try MailNews.notice(now: at, on: $0) }) {}
        for (recipient, address) in try await due(at) where !Task.isCancelled {
            // Claimed before the next look, so that nobody is written to twice.
            guard let due = try await claim(address, of: recipient) else { continue }
            busy.withLock { $0 += 1 }
            group.addTask { [self] in
                await write(due, to: address, of: recipient)
                busy.withLock { $0 -= 1 }
            }
        }
        let waiting: Int = try await work.run { try $0.query(MailSQL.waiting(now: at.stamp)).only()[0] }
        figures.lookAtMail(waiting: waiting)
    }

    /// Addresses that something is due for and that nobody writes to now, as many as may begin.
    private func due(_ now: HandoverRules.Instant) async throws -> [(String, String)] {
        let before = (now - CourierLimits.mailPause).stamp
        let free = CourierLimits.mailersMax - busy.withLock { $0 }
        guard free > 0 else { return [] }
        return try await work.run { connection in
            try connection.query(MailSQL.due(now: now.stamp, sentBefore: before, limit: free)).map {
                (try $0.text(0), try $0.text(1))
            }
        }
    }

    fileprivate struct Due: Sendable {
        var failures: Int
        var seqs: [Int64] = []
        var occasions: [String] = []
        var oldestAt: HandoverRules.Instant?
        /// Of the first that waits.
        var first = ""
        var urgent = Set<UUID>()
        var all = Set<UUID>()
    }

    private func write(_ due: Due, to address: String, of recipient: String) async {
        do {
            try await hand(over: due, to: address, of: recipient)
        } catch {
            // Nothing was noted: it comes again when the claim has ended, under the same Message-ID.
            log.warning(
                "e-mail waits", metadata: ["recipient": "\(recipient)", "cause": "\(CourierFigures.name(error))"])
        }
    }

    private func hand(over due: Due, to address: String, of recipient: String) async throws {
        guard !due.all.isEmpty, let to = MailAddress(address) else {
            _ = try await work.run { try $0.execute(MailSQL.release(recipient, address)) }
            return
        }
        let notice = MailNotice(
            from: mail.from, to: to, urgent: due.urgent.count, others: due.all.count - due.urgent.count,
            publicURL: mail.publicURL, occasion: due.first, at: MachineClock.now())
        let outcome = await hand(over: notice)
        try await Task { [self] in try await note(outcome, due, address, recipient) }.value
    }

    private func hand(over notice: MailNotice) async -> MailOutcome {
        switch mail.way {
        case .relay(let relay): return await SMTPClient(relay: relay).send(notice)
        case .sendmail(let path):
            return (try? await programs.runIfActive { Sendmail(path: path).send(notice) }) ?? .refused("ENDING")
        }
    }

    /// nil when another hub writes to the address.
    fileprivate func claim(_ address: String, of recipient: String) async throws -> Due? {
        let (now, holder) = (self.now(), self.holder)
        return try await work.run { connection -> Due? in
            try connection.transaction { session -> Due? in
                let before = (now - CourierLimits.mailPause).stamp
                guard
                    let door = try session.query(
                        MailSQL.claim(recipient, address, holder: holder, sentBefore: before)
                    ).first
                else { return nil }
                var due = Due(failures: Int(try door[0] as Int32))
                var idle: (seqs: [Int64], occasions: [String]) = ([], [])
                for row in try session.query(
                    MailSQL.notices(recipient, address, now: now.stamp, limit: CourierLimits.mailCountMax))
                {
                    let (seq, occasion): (Int64, String) = (try row[0], try row[1])
                    guard try row[6] as Bool else {
                        idle.seqs.append(seq)
                        idle.occasions.append(occasion)
                        continue
                    }
                    try due.take(row, seq, occasion)
                }
                if !idle.seqs.isEmpty {
                    try session.execute(
                        MailSQL.end(idle.seqs, idle.occasions, address, state: "NOT_NEEDED", now: now.stamp))
                }
                return due
            }
        }
    }

    fileprivate func note(_ outcome: MailOutcome, _ due: Due, _ address: String, _ recipient: String) async throws {
        let now = self.now()
        switch outcome {
        case .taken:
            figures.countMail("sent")
            try await work.run { connection in
                try connection.transaction { session in
                    try session.execute(
                        MailSQL.end(due.seqs, due.occasions, address, state: "SENT", now: now.stamp))
                    try session.execute(MailSQL.noteSent(recipient, address, now: now.stamp))
                }
            }
        case .refused(let code):
            let isDead = due.oldestAt.map { now - $0 >= CourierLimits.mailTriedFor } ?? false
            figures.countMail(isDead ? "dead" : "retried")
            log.warning(
                isDead ? "e-mail given up" : "e-mail not taken",
                metadata: ["recipient": "\(recipient)", "cause": "\(code)"])
            let wait = WebhookPace.backoff(failures: due.failures, chance: Double.random(in: 0.5..<1))
            let next = now + min(wait, CourierLimits.mailBackoffMax)
            try await work.run { connection in
                try connection.transaction { session in
                    if isDead {
                        try session.execute(
                            MailSQL.end(due.seqs, due.occasions, address, state: "DEAD", now: now.stamp))
                    }
                    try session.execute(
                        MailSQL.noteFailure(recipient, address, outcome: code, next: next.stamp))
                }
            }
        }
    }
}

extension MailCourier.Due {
    fileprivate mutating func take(_ row: PostgresRow, _ seq: Int64, _ occasion: String) throws {
        let stream: UUID = try row[3]
        let version: Int32 = try row[4]
        let dueAt: PostgresTimestamp = try row[2]
        if seqs.isEmpty {
            first = "\(stream.uuidString.lowercased())/\(version)/\(occasion)"
            oldestAt = dueAt.instant
        }
        seqs.append(seq)
        occasions.append(occasion)
        all.insert(stream)
        if try row[5] as Int16? == 1 { urgent.insert(stream) }
    }
}
