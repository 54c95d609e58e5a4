import FoundationEssentials

/// The folder with PostgreSQL's programs.
enum PostgresPrograms {
    private static let needed = ["initdb", "postgres", "psql"]
    private static let debian = "/usr/lib/postgresql"

    /// `THROUGHGATE_PG_BIN`, else the newest below /usr/lib/postgresql, else the first on PATH.
    static func folder() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["THROUGHGATE_PG_BIN"], !named.isEmpty {
            guard isComplete(named) else {
                throw LocalServerError(.notInstalled, "THROUGHGATE_PG_BIN lacks initdb, postgres or psql", at: named)
            }
            return named
        }
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []
        let newestFirst = versions.compactMap { name in Double(name).map { (name, $0) } }.sorted { $0.1 > $1.1 }
        let folders =
            newestFirst.map { "\(debian)/\($0.0)/bin" }
            + (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        guard let found = folders.first(where: isComplete) else {
            throw LocalServerError(.notInstalled, "PostgreSQL's initdb is missing; run `make setup`", at: debian)
        }
        return found
    }

    private static func isComplete(_ folder: String) -> Bool {
        needed.allSatisfy { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
    }
}
