/// Why the hub cannot start or go on. `exitCode` follows sysexits.h as the contract names it.
public struct HubFailure: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable { case unavailable, settings, internalError }
    public let kind: Kind
    /// One line: what, and what to do about it.
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var exitCode: Int32 {
        switch kind {
        case .unavailable: 69
        case .internalError: 70
        case .settings: 78
        }
    }

    public var description: String { message }
}
