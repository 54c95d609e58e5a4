import FoundationEssentials
import Glibc

/// A folder outside the one that it belongs to, which keeps its path: a later start and sweeping find it, also when
/// the process that made it was killed.
struct OutsideFolder: Sendable {
    /// The file that keeps the path.
    let recordName: String
    /// What its own name begins with: a damaged record then names nothing.
    let prefix: String

    /// A new one below `parent`, for this account alone; nil where there can be none (`errno` says why).
    func make(below parent: String) -> String? {
        var template = Array("\(parent)/\(prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func record(_ path: String, in folder: URL) throws {
        try Data((path + "\n").utf8).write(to: folder.appendingPathComponent(recordName), options: .atomic)
    }

    /// The path that `folder` keeps.
    func recorded(in folder: URL) -> String? {
        guard let text = try? String(contentsOf: folder.appendingPathComponent(recordName), encoding: .utf8) else {
            return nil
        }
        let url = URL(fileURLWithPath: text.split(separator: "\n").first.map(String.init) ?? "")
        return url.lastPathComponent.hasPrefix(prefix) ? url.path : nil
    }
}
