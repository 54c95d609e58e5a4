/// Why a local server could not be started, reached or swept: a code, a message that names the remedy, and the place.
/// These servers hold synthetic people only, yet the message carries paths, ports and program output heads, never rows.
public struct LocalServerError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for a caller that decides by it.
    public enum Code: String, Sendable {
        /// A program is missing; `make setup` installs it.
        case notInstalled
        /// The folder cannot be used: it cannot be made, or a server of a living process uses it.
        case folderUnusable
        /// The program ended before it was ready.
        case didNotStart
        /// The program runs but did not answer before the deadline.
        case didNotAnswer
        /// A socket call was refused by the system.
        case socket
        /// A helper program (initdb, psql) failed.
        case commandFailed
    }

    /// What went wrong.
    public let code: Code
    /// What to do about it, in one or two sentences.
    public let message: String
    /// The path, port or program it concerns.
    public let place: String

    /// `code: message (place)`.
    public var description: String { "\(code.rawValue): \(message) (\(place))" }

    init(_ code: Code, _ message: String, at place: String) {
        self.code = code
        self.message = message
        self.place = place
    }
}
