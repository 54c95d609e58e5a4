/// Which statements are prepared on one connection, and under which name. Pure: it decides, the pipeline sends.
///
/// The least recently used statement makes room for a new one. A name is never used twice on a connection, so a
/// statement whose preparation or removal did not come through cannot be mistaken for another.
struct StatementCache {
    /// A text is prepared once for each combination of parameter types.
    struct Key: Hashable {
        let text: String
        let types: [UInt32]
    }

    private struct Entry {
        let name: String
        var lastUse: Int
    }

    private var entries: [Key: Entry] = [:]
    private var uses = 0
    private var names = 0
    private let capacity: Int
    /// Names the server still holds and nobody uses.
    private(set) var discarded: [String] = []

    init(capacity: Int = PostgresLimits.preparedStatementsMax) { self.capacity = capacity }

    var count: Int { entries.count }

    /// The statement's name; `isNew` asks the caller to prepare it first.
    mutating func name(for key: Key) -> (name: String, isNew: Bool) {
        uses += 1
        if let known = entries[key] {
            entries[key]?.lastUse = uses
            return (known.name, false)
        }
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key {
            discard(oldest)
        }
        names += 1
        let entry = Entry(name: "s\(names)", lastUse: uses)
        entries[key] = entry
        return (entry.name, true)
    }

    /// The preparation did not come through: the server does not know the name.
    mutating func forget(_ key: Key) { entries[key] = nil }

    /// The statement is of no more use: prepare it under a new name next time, and free the old one.
    mutating func discard(_ key: Key) {
        if let entry = entries.removeValue(forKey: key) { discarded.append(entry.name) }
    }

    /// The server has freed the name.
    mutating func freed(_ name: String) { discarded.removeAll { $0 == name } }
}
