import FoundationEssentials

/// The local broker's binary: the one inside the installed Python package, not the package's wrapper script, which
/// does not pass signals on.
enum BrokerProgram {
    /// `THROUGHGATE_BROKER`, else the one that `make setup` put below `.throughgate/venv`.
    static func path() throws -> String {
        let files = FileManager.default
        if let named = ProcessInfo.processInfo.environment["THROUGHGATE_BROKER"], !named.isEmpty {
            guard files.isExecutableFile(atPath: named) else {
                throw LocalServerError(.notInstalled, "THROUGHGATE_BROKER names no program", at: named)
            }
            return named
        }
        let libraries = try ServerFolder.home().appendingPathComponent("venv/lib").path
        let pythons = (try? files.contentsOfDirectory(atPath: libraries)) ?? []
        let candidates = pythons.sorted().map { "\(libraries)/\($0)/site-packages/noida_db/noida-db" }
        guard let found = candidates.first(where: files.isExecutableFile) else {
            throw LocalServerError(.notInstalled, "the local broker is missing; run `make setup`", at: libraries)
        }
        return found
    }
}
