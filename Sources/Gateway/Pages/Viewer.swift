/// Who is looking at a page.
enum Viewer: Sendable, Hashable {
    /// Not signed in, from elsewhere: is shown nothing but the sign-in page.
    case nobody
    /// Nobody signed in, on this machine itself: sees counts and states, never a person (contract.md §10).
    case passerBy
    case opsViewer
    case opsOperator
    case recipient(String)
    case prison([String])
    case commissioner(String)

    init(_ scope: TokenScope) {
        switch scope {
        case .prisons(let prisons): self = .prison(prisons)
        case .recipient(let name): self = .recipient(name)
        case .commissioner(let name): self = .commissioner(name)
        case .ops(.viewer): self = .opsViewer
        case .ops(.operator): self = .opsOperator
        }
    }

    /// Whether people may be shown to an operator here: a passer-by sees counts only.
    var isOps: Bool { self == .opsViewer || self == .opsOperator }

    var isSignedIn: Bool { self != .nobody && self != .passerBy }

    /// The page to begin on.
    var home: String {
        switch self {
        case .nobody, .passerBy, .opsViewer, .opsOperator: "/"
        case .recipient: "/inbox"
        case .prison: "/gate"
        case .commissioner: "/inbox/tasks"
        }
    }

    /// For the head of every page: whose eyes these are, never a person's name.
    var text: String {
        switch self {
        case .nobody: "Not signed in"
        case .passerBy: "Not signed in: counts only"
        case .opsViewer: "Operations, looking"
        case .opsOperator: "Operations"
        case .recipient(let name), .commissioner(let name): name
        case .prison(let prisons): "Prison " + prisons.joined(separator: ", ")
        }
    }
}

/// Whom a page is for. Everybody else is asked to sign in, or told that the page is not theirs.
struct Audience: Sendable {
    let admits: @Sendable (Viewer) -> Bool

    /// Counts and states: operators, and anybody on this machine.
    static let counts = Audience { $0 == .passerBy || $0.isOps }
    static let ops = Audience { $0.isOps }
    static let operators = Audience { $0 == .opsOperator }
    static let recipients = Audience { if case .recipient = $0 { true } else { false } }
    static let prisons = Audience { if case .prison = $0 { true } else { false } }
    /// Whoever has tasks of their own.
    static let taskReaders = Audience { $0.isSignedIn && !$0.isOps }
    static let signedIn = Audience { $0.isSignedIn }
}
