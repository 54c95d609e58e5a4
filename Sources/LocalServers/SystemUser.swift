import Glibc

/// An account of this machine by its numbers.
struct SystemUser: Sendable {
    let id: uid_t
    let group: gid_t

    /// Debian's account for PostgreSQL, which the package `postgresql` makes: initdb refuses to run as root.
    static func postgres() throws -> SystemUser {
        guard let entry = getpwnam("postgres") else {
            throw LocalServerError(.notInstalled, "no such user; run `make setup`", at: "user postgres")
        }
        return SystemUser(id: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
    }

    static var isRoot: Bool { geteuid() == 0 }
}
