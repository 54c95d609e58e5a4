import Hummingbird
import Operations

/// `/api/alerts`: what is open. Topics, codes and organisations, never a person.
struct AlertDoor: Sendable {
    let board: AlertBoard
    let pages: PageDoor

    var routes: [Routes.Route] { [Routes.Route(.get, "/api/alerts") { try await list($0, $1) }] }

    private func list(_ request: Request, _ context: DoorContext) async throws -> Response {
        _ = try await pages.doors.viewer(request, context, for: .counts, isTLS: pages.isTLS)
        let (book, lookedAt) = board.now
        return Answer.json(AlertJSON.list(book, at: lookedAt, runbooks: board.runbooks) + [10])
    }
}
