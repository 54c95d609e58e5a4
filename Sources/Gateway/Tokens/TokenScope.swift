/// What the bearer of a token may do. One token has one kind of scope.
public enum TokenScope: Sendable, Hashable {
    /// Publishes events of these prisons, asks what became of them, sees and resolves these prisons' tasks.
    case prisons([String])
    /// Reads this provider's handovers and tasks, and answers them.
    case recipient(String)
    /// Sees and resolves the tasks of this commissioner.
    case commissioner(String)
    /// Looks at the hub, or also changes it.
    case ops(OpsRole)

    public enum OpsRole: String, Sendable, CaseIterable { case viewer, `operator` }

    /// As the table `token` has it.
    var kind: String {
        switch self {
        case .prisons: "PRISON"
        case .recipient: "RECIPIENT"
        case .commissioner: "COMMISSIONER"
        case .ops: "OPS"
        }
    }

    var names: [String] {
        switch self {
        case .prisons(let prisons): prisons
        case .recipient(let name), .commissioner(let name): [name]
        case .ops: []
        }
    }

    var role: String? { if case .ops(let role) = self { role.rawValue } else { nil } }

    init?(kind: String, names: [String], role: String?) {
        switch (kind, names.first, role.flatMap(OpsRole.init(rawValue:))) {
        case ("PRISON", .some, nil): self = .prisons(names)
        case ("RECIPIENT", .some(let name), nil): self = .recipient(name)
        case ("COMMISSIONER", .some(let name), nil): self = .commissioner(name)
        case ("OPS", nil, .some(let role)): self = .ops(role)
        default: return nil
        }
    }

    /// For people: `prison MDI LEI`, `recipient prov-leeds`, `ops viewer`.
    public var text: String {
        switch self {
        case .prisons(let prisons): "prison " + prisons.joined(separator: " ")
        case .recipient(let name): "recipient \(name)"
        case .commissioner(let name): "commissioner \(name)"
        case .ops(let role): "ops \(role.rawValue)"
        }
    }

    /// Whose tasks the bearer sees, as the doors name readers.
    var taskReaders: [String] {
        switch self {
        case .prisons(let prisons): prisons.map { "prison:\($0)" }
        case .recipient(let name), .commissioner(let name): ["provider:\(name)"]
        case .ops: []
        }
    }
}
