import FoundationEssentials
import Glibc

/// A small volume in memory for the files of a private PostgreSQL, which a trial can fill to its last byte. Only root
/// may mount one, and in some containers not even root.
///
/// It is unmounted by ``unmount()``, and by the sweeping of its folder when its process was killed.
public final class SmallVolume: Sendable {
    /// Where it is mounted.
    public let path: String

    private static let outside = OutsideFolder(recordName: "volume-folder", prefix: "throughgate-volume.")
    private static let fillerName = "filler"

    /// Mounts one of so many MiB in the system's temporary directory, where PostgreSQL's account can enter; nil where
    /// that is not permitted. `folder` keeps its path, so that sweeping finds it.
    public static func mount(in folder: ServerFolder, mebibytes: Int) -> SmallVolume? {
        guard SystemUser.isRoot, let path = outside.make(below: ClusterFolder.temporaryDirectory) else { return nil }
        let options = "size=\(mebibytes)m,mode=0755"
        guard (try? outside.record(path, in: folder.url)) != nil,
            Glibc.mount("tmpfs", path, "tmpfs", UInt(MS_NOSUID | MS_NODEV), options) == 0
        else {
            rmdir(path)
            return nil
        }
        return SmallVolume(path: path)
    }

    private init(path: String) { self.path = path }

    /// Takes every free byte.
    ///
    /// - Returns: bytes taken.
    @discardableResult
    public func fill() -> Int64 {
        let file = open("\(path)/\(SmallVolume.fillerName)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var taken: Int64 = 0
        var step: Int64 = 64 << 20
        while step >= 4_096 {
            if posix_fallocate(file, off_t(taken), off_t(step)) == 0 { taken += step } else { step /= 4 }
        }
        return taken
    }

    /// Gives back what ``fill()`` took.
    public func empty() { unlink("\(path)/\(SmallVolume.fillerName)") }

    /// Everything on it is gone; stop the server first.
    public func unmount() {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    /// Unmounts what a process that was killed left. The name is checked: a damaged record unmounts nothing.
    static func forget(in folder: URL) {
        if let path = outside.recorded(in: folder) { SmallVolume(path: path).unmount() }
    }
}
