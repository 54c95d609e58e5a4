import Foundation
import HandoverRules
import LocalServers
import Postgres
import Testing

/// An SMTP relay in Python by the aiosmtpd package (scripts/clients/mailbox.py).
final class Mailbox {
    struct Mail: Decodable {
        let from: String
        let to: [String]
        let answer: String
        let tls: Bool
        let text: String

        func header(_ name: String) -> String? {
            text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ": ") }.map {
                String($0.dropFirst(name.count + 2))
            }
        }
    }

    private let folder: ServerFolder
    private let process = Process()
    private(set) var port = 0

    /// - Parameter identity: it offers STARTTLS and takes nothing before it.
    init(identity: TestAuthority.Identity? = nil) async throws {
        folder = try ServerFolder.fresh("mailbox")
        try Data().write(to: log)
        try answer("take")
        process.executableURL = URL(filePath: try #require(Python.path))
        process.arguments =
            [
                "-I", Python.root.appending(path: "scripts/clients/mailbox.py").path, "0", log.path, mode.path,
            ] + (identity.map { [$0.certificate, $0.key] } ?? [])
        try process.run()
        try await Receiver.wait("the relay to listen") { self.text.last == "\n" }
        port = try #require(Int(text.split(separator: "\n")[0]))
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        folder.discard()
    }

    private var log: URL { folder.url.appendingPathComponent("log") }
    private var mode: URL { folder.url.appendingPathComponent("mode") }
    private var text: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    func answer(_ text: String) throws { try Data(text.utf8).write(to: mode, options: .atomic) }

    var mails: [Mail] {
        text.split(separator: "\n").dropFirst().compactMap { try? JSONDecoder().decode(Mail.self, from: Data($0.utf8)) }
    }

    /// Whether somebody waits for an answer that does not come.
    var isHanging: Bool { text.contains("hanging\n") }

    func wait(for count: Int) async throws {
        try await Receiver.wait("\(count) mails, there are \(mails.count)") { self.mails.count >= count }
    }
}

extension DoorBed {
    /// A version that was sent now, to be acknowledged within the span.
    func seedUrgent(
        _ priority: Int16, offset: Int64, sentAt: Instant, due: Span, recipient: String = "prov-leeds"
    ) throws -> UUID {
        let id = try seed(recipient: recipient, streams: ["m"], partition: 0, offset: offset, held: true)[0]
        try connection.execute(
            """
            update message set held = false, priority = \(priority),
                sent_at = \(PostgresTimestamp(microseconds: sentAt.microseconds)),
                ack_due_at = \(PostgresTimestamp(microseconds: (sentAt + due).microseconds))
            where stream_id = \(id)
            """)
        return id
    }
}
