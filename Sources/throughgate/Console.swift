import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules

/// What the program says: results to standard output, everything else to standard error.
enum Console {
    /// One line of a result.
    static func say(_ line: String = "") { write(Array(line.utf8) + [10], to: 1) }

    /// Bytes of a result, with a line end.
    static func say(json bytes: [UInt8]) { write(bytes + [10], to: 1) }

    /// One line beside the results: problems, progress that stays.
    static func note(_ line: String) { write(Array(line.utf8) + [10], to: 2) }

    /// Progress that is written over: on a terminal only, nothing on a pipe.
    static func progress(_ line: String) {
        guard isTerminal else { return }
        write(Array("\r\u{1B}[K\(line)".utf8), to: 2)
    }

    static let isTerminal = isatty(2) == 1

    /// Characters a line of the terminal that results go to; nil for a pipe or file, which has no end of line.
    static var width: Int? {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes all of it, whatever the pipe takes at once; a reader that went away ends the program quietly, as with
    /// any filter (`throughgate … | head`).
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                guard let base = buffer.baseAddress else { return }
                let count = Glibc.write(descriptor, base + sent, buffer.count - sent)
                if count < 0 {
                    if errno == EINTR || errno == EAGAIN { continue }
                    if descriptor == 1, errno == EPIPE { exit(0) }
                    return
                }
                sent += count
            }
        }
    }
}

/// The machine's clock.
enum Wall {
    static func now() -> HandoverRules.Instant { MachineClock.now() }

    /// RFC 3339 in UTC with milliseconds.
    static func text() -> String { RFC3339.utc(HandoverRules.Instant(milliseconds: now().milliseconds)) }
}
