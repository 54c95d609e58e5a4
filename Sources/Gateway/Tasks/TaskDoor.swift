import Hummingbird

/// GET /v1/tasks: the open tasks of a prison, a recipient or a commissioner, oldest first.
struct TaskDoor: Sendable {
    let doors: Doors

    func get(_ request: Request) async throws -> Response {
        let bearer = try await doors.admit(request) { !$0.taskReaders.isEmpty }
        let readers = bearer.scope.taskReaders
        // A cursor of tasks is none of handovers.
        let tie = "tasks " + readers.joined(separator: " ")
        let cursor = try FeedDoor.cursor(request, of: tie)
        let limit = try FeedDoor.limit(request)
        return try await doors.work.run { connection in
            var bytes = Array(#"{"tasks":["#.utf8)
            var last = cursor.position
            let rows = try connection.query(GatewaySQL.tasks(of: readers, after: last, limit: limit))
            for (index, row) in rows.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                last = try row[0]
                bytes += try row.bytes(1)
            }
            if !rows.isEmpty {
                try connection.execute(
                    GatewaySQL.audit(
                        token: bearer.tokenID, action: "TASKS", first: cursor.position, last: last, items: rows.count))
            }
            let next = FeedCursor(position: last).text(of: tie)
            bytes += Array(#"],"next":"\#(next)","more":\#(rows.count == limit)}"#.utf8)
            return Answer.json(bytes)
        }
    }
}
