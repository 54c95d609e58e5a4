import FoundationEssentials

/// The end of a server's own log, for a message about why it did not start.
enum LogTail {
    private static let linesMax = 6

    /// The last lines, without the dynamic linker's remark about GLIBC versions that the local broker's binary causes
    /// on Debian 12 and that means nothing.
    static func text(of path: String) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "no output" }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
            .filter { !$0.contains("weak version `GLIBC_") }
        return lines.isEmpty ? "no output" : lines.suffix(linesMax).joined(separator: " | ")
    }
}
