import HandoverRules
import Postgres

/// Finds out, from what the doors show, whom an e-mail is owed and when.
enum MailNews {
    /// Looks at what was shown since the last look. One transaction; true when there may be more.
    static func notice(now: Instant, on connection: PostgresConnection) throws -> Bool {
        try connection.transaction { session in
            guard let row = try session.query(MailSQL.noticed).first else { return false }
            let first: Int64 = try row[0]
            let last: Int64 = try session.query(
                MailSQL.last(after: first, limit: CourierLimits.mailStepMax)
            ).only()[0]
            guard last > first else { return false }
            // What is older than a webhook would be tried was switched on too late for.
            let since = (now - CourierLimits.triedFor).stamp
            var owed = Owed()
            let rows = try session.query(MailSQL.news(after: first, through: last, since: since))
            if rows.count > 0 {
                let holidays = try Holidays(session)
                for row in rows { try owed.add(row, holidays, now) }
            }
            if !owed.seqs.isEmpty {
                try session.execute(
                    MailSQL.add(owed.seqs, owed.occasions, owed.addresses, owed.recipients, owed.due))
            }
            try session.execute(MailSQL.advance(last))
            return true
        }
    }

    private struct Owed {
        var seqs: [Int64] = []
        var occasions: [String] = []
        var addresses: [String] = []
        var recipients: [String] = []
        var due: [PostgresTimestamp] = []

        /// Urgent ones go to the out-of-hours contact too, as its phone tasks do (domain.md §8).
        mutating func add(_ row: PostgresRow, _ holidays: Holidays, _ now: Instant) throws {
            let seq: Int64 = try row[0]
            let recipient: String = try row[1]
            let priority: Int16 = try row[2]
            let contacts: [String?] = priority == 1 ? [try row[6], try row[7]] : [try row[6]]
            let addresses = Set(contacts.compactMap { $0.flatMap { MailAddress($0.trimmed) }?.text }).sorted()
            guard !addresses.isEmpty else { return }
            var occasions: [(String, Instant)] = priority <= 2 ? [("SENT", now)] : []
            if let half = try halfTime(row, holidays) { occasions.append(("HALF", half)) }
            for address in addresses {
                for (occasion, at) in occasions {
                    seqs.append(seq)
                    self.occasions.append(occasion)
                    self.addresses.append(address)
                    recipients.append(recipient)
                    due.append(at.stamp)
                }
            }
        }

        /// Half of the time to acknowledge, by working hours of the recipient's nation.
        private func halfTime(_ row: PostgresRow, _ holidays: Holidays) throws -> Instant? {
            guard let dueAt: PostgresTimestamp = try row[5] else { return nil }
            let sent: PostgresTimestamp = try row[3]
            let from: PostgresTimestamp? = try row[4]
            let calendar = holidays.calendar(of: try row[8])
            let start = calendar.clockStart((from ?? sent).instant)
            let time = calendar.workingTime(from: start, to: dueAt.instant)
            return calendar.adding(Span(microseconds: time.microseconds / 2), to: start)
        }
    }

    private struct Holidays {
        private var dates: [String: Set<LocalDate>] = [:]

        init(_ session: PostgresConnection) throws {
            for row in try session.query(MailSQL.holidays) {
                let date: PostgresDate = try row[1]
                dates[try row.text(0), default: []].insert(
                    LocalDate(daysSince1970: Int32(clamping: date.daysSince1970)))
            }
        }

        /// By the GSS code's first letter, England's where there is none (contract.md §9).
        func calendar(of utla: String?) -> WorkingCalendar {
            let nation = utla.flatMap { AuthorityID($0) }?.holidayNation ?? .englandAndWales
            return WorkingCalendar(holidays: dates[nation.rawValue] ?? [])
        }
    }
}

extension String {
    fileprivate var trimmed: String { trimmingPrefix(while: \.isWhitespace).description }
}
