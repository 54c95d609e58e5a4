import Hummingbird

/// GET /v1/handovers: a recipient's own handovers, oldest first, from a cursor on.
struct FeedDoor: Sendable {
    let doors: Doors

    func get(_ request: Request) async throws -> Response {
        let (bearer, recipient) = try await doors.admitRecipient(request)
        let cursor = try FeedDoor.cursor(request, of: recipient)
        let limit = try FeedDoor.limit(request)
        let page = try await doors.work.run { [sealer = doors.sealer] in
            try FeedPage.read(of: recipient, after: cursor, limit: limit, sealer, on: $0)
        }
        try await doors.reads.note(page, of: recipient, by: bearer, action: "FEED")
        return Answer.json(page.json(of: recipient))
    }

    /// `after`; absent or empty is the beginning.
    static func cursor(_ request: Request, of reader: String, orLastEvent: Bool = false) throws -> FeedCursor {
        let last = orLastEvent ? request.headers[.lastEventID] : nil
        let text = last ?? request.uri.queryParameters["after"].map(String.init) ?? ""
        guard !text.isEmpty else { return FeedCursor(position: 0) }
        guard let cursor = FeedCursor(text, of: reader) else {
            throw Problem(
                .badRequest, "CURSOR", "after: is no cursor of yours; leave it out to begin again", field: "after")
        }
        return cursor
    }

    static func limit(_ request: Request) throws -> Int {
        guard let text = request.uri.queryParameters["limit"] else { return GatewayLimits.pageDefault }
        guard let limit = Int(text), (1...GatewayLimits.pageMax).contains(limit) else {
            throw Problem(
                .badRequest, "FIELD_INVALID", "limit: must be 1 to \(GatewayLimits.pageMax)", field: "limit")
        }
        return limit
    }
}
