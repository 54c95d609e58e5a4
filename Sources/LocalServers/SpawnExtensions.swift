import Glibc

/// Two actions of glibc's `posix_spawn` that Swift's import of the headers hides (they are GNU extensions). Both are in
/// glibc since 2.34 (2021) and are looked up by name once.
enum SpawnExtensions {
    private typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    private typealias ChangeFolder =
        @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>) -> Int32

    private static let closeFrom = lookUp("posix_spawn_file_actions_addclosefrom_np", as: CloseFrom.self)
    private static let changeFolder = lookUp("posix_spawn_file_actions_addchdir_np", as: ChangeFolder.self)

    /// The child closes every descriptor from `lowest` up.
    static func closeAll(from lowest: Int32, in actions: inout posix_spawn_file_actions_t) {
        _ = closeFrom?(&actions, lowest)
    }

    /// The child starts in `folder`.
    static func start(in folder: String, _ actions: inout posix_spawn_file_actions_t) {
        _ = changeFolder?(&actions, folder)
    }

    private static func lookUp<T>(_ name: String, as type: T.Type) -> T? {
        dlsym(nil, name).map { unsafeBitCast($0, to: type) }
    }
}
