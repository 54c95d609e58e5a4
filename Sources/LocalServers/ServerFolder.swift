public import FoundationEssentials
import Glibc
import Synchronization

/// A folder of this process's own for the data and logs of local servers: `.throughgate/run/NAME-PID-N`. A server may
/// be started in it or in a folder inside it.
///
/// Making one first sweeps its neighbours: servers whose owner is gone are ended and their folders removed, so a run
/// that was killed costs the next one nothing.
public struct ServerFolder: Sendable {
    /// Where it is.
    public let url: URL

    private static let count = Mutex(0)
    private static let ownerFile = "owner"

    /// Makes a new, empty folder. `name` is one word, for people who look into `.throughgate/run`.
    public static func fresh(_ name: String) throws -> ServerFolder {
        let run = try home().appendingPathComponent("run", isDirectory: true)
        sweep(run)
        let number = count.withLock { number in
            number += 1
            return number
        }
        let url = run.appendingPathComponent("\(name)-\(getpid())-\(number)", isDirectory: true)
        remove(url)  // a recycled process number
        try make(url)
        if let owner = ProcessIdentity.current?.text {
            try Data(owner.utf8).write(to: url.appendingPathComponent(ownerFile))
        }
        return ServerFolder(url: url)
    }

    /// Removes the folder, after ending whatever a record in it says still runs. Stop the servers first.
    public func discard() { Self.remove(url) }

    /// `.throughgate` of the repository: `THROUGHGATE_HOME` if set, else beside the nearest `Package.swift` at or above
    /// the working directory, else in the working directory.
    public static func home() throws -> URL {
        let home: URL
        if let named = ProcessInfo.processInfo.environment["THROUGHGATE_HOME"], !named.isEmpty {
            home = URL(fileURLWithPath: named, isDirectory: true)
        } else {
            home = repository.appendingPathComponent(".throughgate", isDirectory: true)
        }
        try make(home)
        return home
    }

    /// Ends the servers and removes the folders below `run` that processes left which are no longer alive.
    /// Returns the names of the folders removed.
    @discardableResult
    public static func sweep(_ run: URL) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: run.path)) ?? []
        return names.sorted().filter { name in
            let folder = run.appendingPathComponent(name, isDirectory: true)
            let owner = (try? String(contentsOf: folder.appendingPathComponent(ownerFile), encoding: .utf8))
                .flatMap { ProcessIdentity($0) }
            guard let owner, !owner.isAlive else { return false }
            remove(folder)
            return true
        }
    }

    static var repository: URL {
        let start = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
        var folder = start
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
                return folder
            }
            folder.deleteLastPathComponent()
        }
        return start
    }

    static func make(_ url: URL) throws {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw LocalServerError(.folderUnusable, "cannot be made; is the disk full or read-only?", at: url.path)
        }
    }

    /// Ends what the records in the folder, and in the folders inside it, name; then removes it with the clusters that
    /// lie elsewhere.
    private static func remove(_ folder: URL) {
        for place in [folder] + folders(in: folder) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
            for name in names where name.hasSuffix(ServerRecord.suffix) {
                ServerRecord(at: place.appendingPathComponent(name))?.endServer()
            }
            ClusterFolder.removeRecorded(in: place)
            SmallVolume.forget(in: place)
        }
        try? FileManager.default.removeItem(at: folder)
    }

    /// Folders one level down: where a caller gives each server a folder of its own.
    private static func folders(in folder: URL) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.map { folder.appendingPathComponent($0, isDirectory: true) }
    }
}
