#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads a password from a file. Nothing of the content ever reaches a text.
enum PasswordFile {
    static func read(_ path: String) throws(PostgresError) -> String {
        guard let file = fopen(path, "r") else {
            throw .configuration("the password file cannot be opened: \(path); check its path and permissions")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: PostgresLimits.passwordFileBytesMax + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0, count <= PostgresLimits.passwordFileBytesMax else {
            throw .configuration("the password file cannot be read or is not a password: \(path)")
        }
        var content = bytes[..<count]
        if content.last == UInt8(ascii: "\n") { content.removeLast() }
        if content.last == UInt8(ascii: "\r") { content.removeLast() }
        guard !content.isEmpty, !content.contains(0), let password = String(validating: content, as: UTF8.self) else {
            throw .configuration("the password file is empty or not UTF-8 text: \(path)")
        }
        return password
    }
}
