import Foundation
import Yams

/// A settings file as flat pairs: `kafka.bootstrapServers` → text. Knows nothing of what the keys mean.
enum SettingsFile {
    /// A settings file is some lines; more is a mistake.
    private static let bytesMax = 1 << 20

    /// - Throws: ``SettingProblem`` naming the file or the key.
    static func read(_ path: String) throws(SettingProblem) -> [String: String] {
        guard let data = FileManager.default.contents(atPath: path), data.count <= bytesMax else {
            throw SettingProblem(key: "--config", remedy: "cannot read \(path); check the path and its permissions")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw SettingProblem(key: "--config", remedy: "\(path) is not UTF-8 text")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw SettingProblem(
                key: "--config", remedy: "\(path) is not YAML\(place(of: error)); see Deploy/ for examples")
        }
        guard let root else { return [:] }
        var pairs: [String: String] = [:]
        guard case .mapping = root else {
            if root.tag == Tag(.null) { return [:] }
            throw SettingProblem(key: "--config", remedy: "\(path) must hold `key: value` pairs")
        }
        try flatten(root, at: "", into: &pairs, path)
        return pairs
    }

    private static func flatten(
        _ node: Node, at key: String, into pairs: inout [String: String], _ path: String
    ) throws(SettingProblem) {
        switch node {
        case .mapping(let mapping):
            for (name, value) in mapping {
                guard let part = name.scalar?.string, !part.isEmpty else {
                    throw SettingProblem(
                        key: key.isEmpty ? "--config" : key, remedy: "its keys must be words", origin: path)
                }
                try flatten(value, at: key.isEmpty ? part : key + "." + part, into: &pairs, path)
            }
        case .scalar(let scalar):
            // `key:` without a value leaves the default, as in every YAML file people know.
            if node.tag == Tag(.null) { return }
            guard pairs.updateValue(scalar.string, forKey: key) == nil else {
                throw SettingProblem(key: key, remedy: "is given twice; keep one", origin: path)
            }
        case .sequence, .alias:
            throw SettingProblem(
                key: key, remedy: "must be a single value; several are separated by commas", origin: path)
        }
    }

    /// Where the text stops being YAML, without the text.
    private static func place(of error: any Error) -> String {
        switch error {
        case YamlError.parser(_, _, let mark, _), YamlError.scanner(_, _, let mark, _),
            YamlError.composer(_, _, let mark, _):
            " at line \(mark.line)"
        case let error as YamlError:
            if case .duplicatedKeysInMapping(let duplicates, _) = error {
                ": \(duplicates.compactMap(\.description).sorted().joined(separator: ", ")) is given twice"
            } else {
                ""
            }
        default: ""
        }
    }
}
