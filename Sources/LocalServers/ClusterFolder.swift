import FoundationEssentials
import Glibc

/// Where the files of a private PostgreSQL lie, and under whom.
///
/// Not root: `cluster` inside the given folder. Root: initdb refuses root, and the `postgres` account cannot enter a
/// clone below a 0700 folder (root's home, say); then the files lie in a folder of their own below the system's
/// temporary directory. The given folder keeps its path in `cluster-folder`, by which a later start and sweeping find
/// it; so does `.throughgate/clusters`, for `make clean`, should the given folder be gone by then.
struct ClusterFolder: Sendable {
    private static let outside = OutsideFolder(recordName: "cluster-folder", prefix: "throughgate-pg.")

    let path: String
    /// The account to run as, nil for our own.
    let user: SystemUser?

    /// The place for a cluster of `folder`: the recorded one if it still exists, else a new one.
    /// `parent`: below which folder instead of the usual one; any account must be able to enter it.
    static func place(for folder: URL, below parent: String? = nil) throws -> ClusterFolder {
        guard SystemUser.isRoot else {
            return ClusterFolder(path: (parent ?? folder.path) + "/cluster", user: nil)
        }
        let user = try SystemUser.postgres()
        if let recorded = outside.recorded(in: folder), FileManager.default.fileExists(atPath: recorded) {
            return ClusterFolder(path: recorded, user: user)
        }
        let place = parent ?? temporaryDirectory
        guard let path = outside.make(below: place) else {
            throw LocalServerError(.folderUnusable, String(cString: strerror(errno)), at: place)
        }
        guard chown(path, user.id, user.group) == 0 else {
            throw LocalServerError(.folderUnusable, "cannot be given to the user postgres", at: path)
        }
        try outside.record(path, in: folder)
        if let register = register(of: path) { try Data((path + "\n").utf8).write(to: register) }
        return ClusterFolder(path: path, user: user)
    }

    /// Copies a file into the cluster, for the server alone to read.
    func keep(_ file: String, as name: String) throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw LocalServerError(.folderUnusable, "cannot be read", at: file)
        }
        let place = "\(path)/\(name)"
        try data.write(to: URL(filePath: place))
        guard chmod(place, 0o600) == 0, user.map({ chown(place, $0.id, $0.group) == 0 }) ?? true else {
            throw LocalServerError(.folderUnusable, "cannot be given to the server", at: place)
        }
    }

    /// Removes the lock file of a postmaster that is gone. PostgreSQL does so itself, except where nobody reaps an
    /// orphan (a container whose first process does not): it takes the zombie for a running server.
    func forgetDeadPostmaster() {
        let lock = "\(path)/postmaster.pid"
        guard let data = FileManager.default.contents(atPath: lock),
            let pid = pid_t(String(decoding: data, as: UTF8.self).prefix { $0.isNumber }),
            ProcessIdentity(pid: pid) == nil
        else { return }
        try? FileManager.default.removeItem(atPath: lock)
    }

    /// Removes the cluster that `folder` records outside itself. The name is checked: a damaged record removes nothing.
    static func removeRecorded(in folder: URL) {
        guard let path = outside.recorded(in: folder) else { return }
        try? FileManager.default.removeItem(atPath: path)
        if let register = register(of: path) { try? FileManager.default.removeItem(at: register) }
    }

    private static func register(of path: String) -> URL? {
        guard let clusters = try? ServerFolder.home().appendingPathComponent("clusters", isDirectory: true),
            (try? ServerFolder.make(clusters)) != nil
        else { return nil }
        return clusters.appendingPathComponent(URL(fileURLWithPath: path).lastPathComponent)
    }

    /// TMPDIR if any account can enter it, else /tmp: a per-user TMPDIR would shut the postgres account out.
    static var temporaryDirectory: String {
        guard let named = ProcessInfo.processInfo.environment["TMPDIR"], named.hasPrefix("/") else { return "/tmp" }
        var folder = URL(fileURLWithPath: named, isDirectory: true).standardizedFileURL
        let chosen = folder.path
        while true {
            var status = stat()
            guard stat(folder.path, &status) == 0, status.st_mode & S_IXOTH != 0 else { return "/tmp" }
            if folder.path == "/" { return chosen }
            folder.deleteLastPathComponent()
        }
    }
}
