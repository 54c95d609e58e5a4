import Foundation
import Logging

/// Keeps what a hub logs, so that a test can wait for a line and count it.
final class LogKeeper: @unchecked Sendable {
    private let lock = NSLock()
    private var kept: [String] = []

    var lines: [String] { lock.withLock { kept } }
    func count(of text: String) -> Int { lines.count { $0.contains(text) } }
    fileprivate func keep(_ line: String) { lock.withLock { kept.append(line) } }

    var handler: any LogHandler { Handler(keeper: self) }

    private struct Handler: LogHandler {
        let keeper: LogKeeper
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let more = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            keeper.keep("\(event.message)\(more)")
        }
    }
}
