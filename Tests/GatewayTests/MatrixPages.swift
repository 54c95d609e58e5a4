/// The rows of pages and of the forms on them.
extension Matrix {
    private static let none = "00000000-0000-4000-8000-000000000000"

    static let inbox: [MatrixRow] = [
        .page("GET /inbox", "/inbox", for: Visitor.recipients, readers: [.recipientA]),
        MatrixRow(
            "GET /inbox/{id}", of: { "/inbox/\($0.handover)" },
            [([.nobody], 200), ([.recipientA], 200), ([.recipientB], 404)], readers: [.recipientA]),
        .formWithoutSession("POST /inbox/{id}/acknowledgement", "/inbox/\(none)/acknowledgement"),
        .formWithoutSession("POST /inbox/{id}/engagement", "/inbox/\(none)/engagement"),
        .page(
            "GET /inbox/tasks", "/inbox/tasks",
            for: Visitor.prisons.union(Visitor.recipients).union(Visitor.commissioners),
            readers: [.prisonA, .recipientA, .commissionerA]),
        .formWithoutSession("POST /inbox/tasks/{id}/resolution", "/inbox/tasks/\(none)/resolution"),
        .page("GET /gate", "/gate", for: Visitor.prisons), .formWithoutSession("POST /gate", "/gate"),
    ]

    static let operators: [MatrixRow] = [
        .page("GET /people-at-risk", "/people-at-risk", for: Visitor.operations),
        .page("GET /rejected", "/rejected", for: Visitor.operations),
        MatrixRow(
            "GET /rejected/record", "/rejected/record?place=prison.kit-events/0/1",
            [([.nobody], 200), (Visitor.operations, 404)]),
        .formWithoutSession("POST /rejected/body", "/rejected/body"),
        .formWithoutSession("POST /rejected/redrive", "/rejected/redrive"),
        .formWithoutSession("POST /rejected/discard", "/rejected/discard"),
        .page("GET /tasks", "/tasks", for: Visitor.operations),
        MatrixRow(
            "GET /tasks/{id}", "/tasks/\(none)", [([.nobody], 200), (Visitor.operations, 404)]),
        .formWithoutSession("POST /tasks/{id}/resolution", "/tasks/\(none)/resolution"),
        .formWithoutSession("POST /tasks/{id}/route", "/tasks/\(none)/route"),
        .page("GET /worklist", "/worklist", for: Visitor.operations.union(Visitor.prisons)),
        .page("GET /governor", "/governor", for: Visitor.operations.union(Visitor.prisons)),
        .page("GET /flow", "/flow", for: Visitor.operations),
        .page("GET /audit", "/audit", for: Visitor.operations),
        .page("GET /api/people-at-risk", "/api/people-at-risk", for: Visitor.operations),
        .page("GET /api/audit/head", "/api/audit/head", for: Visitor.operations),
    ]
}
