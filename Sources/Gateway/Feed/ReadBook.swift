import Synchronization

/// Notes in the audit that bodies were read, before they are shown: what cannot be noted is not shown. Whoever waits at
/// the same time is noted in one transaction, so a hundred streams cost the disk no more than a few. A crash before the
/// commit leaves neither a note nor anything shown.
final class ReadBook: Sendable {
    private struct Note: Sendable {
        let recipient: String
        let token: String
        let action: String
        let first: Int64
        let last: Int64
        let items: Int32
    }

    private struct Waiting: Sendable {
        let note: Note
        let told: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isWriting = false
    }

    private let state = Mutex(State())
    private let work: LedgerWork

    init(_ work: LedgerWork) { self.work = work }

    /// Returns when the note of this page is committed; at once for a page on which there is nothing. As many can wait
    /// as there are connections.
    func note(_ page: FeedPage, of recipient: String, by bearer: Bearer, action: String) async throws {
        guard let first = page.items.first, let last = page.items.last else { return }
        let note = Note(
            recipient: recipient, token: bearer.tokenID, action: action, first: first.position, last: last.position,
            items: Int32(clamping: page.items.count))
        try await withCheckedThrowingContinuation { told in
            let isFirst = state.withLock { state in
                state.waiting.append(Waiting(note: note, told: told))
                defer { state.isWriting = true }
                return !state.isWriting
            }
            // Of its own: whoever came first may hang up while others wait with it.
            if isFirst { Task { await write() } }
        }
    }

    private func write() async {
        while true {
            let turn = state.withLock { state in
                let turn = Array(state.waiting.prefix(GatewayLimits.readNotesMax))
                state.waiting.removeFirst(turn.count)
                state.isWriting = !turn.isEmpty
                return turn
            }
            guard !turn.isEmpty else { return }
            let notes = turn.map(\.note)
            do {
                _ = try await work.run { connection in
                    try connection.execute(
                        GatewaySQL.noteReads(
                            by: notes.map(\.recipient), notes.map(\.token), notes.map(\.action), notes.map(\.first),
                            notes.map(\.last), notes.map(\.items)))
                }
                for waiting in turn { waiting.told.resume() }
            } catch {
                for waiting in turn { waiting.told.resume(throwing: error) }
            }
        }
    }
}
