import Foundation
import SyntheticEstate

/// The small inputs of `Tests/Fuzzing/corpus`, one folder for each target, and inputs made from them.
enum Corpus {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fuzzing/corpus")

    static func folders() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.path)
            .filter { !$0.hasPrefix(".") }.sorted()
    }

    /// By file name, so that a seed makes the same inputs everywhere.
    static func inputs(of target: String) throws -> [(file: String, bytes: [UInt8])] {
        let folder = root.appending(path: target)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            ($0, Array(try Data(contentsOf: folder.appending(path: $0))))
        }
    }
}

/// Makes inputs from others: SplitMix64 for the choices, so that a seed is all there is to know about a run.
struct Mutator: RandomNumberGenerator {
    /// What a decoder may trip over, and the marker.
    private static let tokens = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "null", "-0", "1e309", "9223372036854775808",
        "0.000000000000001",
        "\n", "\r\n", "\0", "%", "%00", "+", "&", "=", ";", "/", "..", "\u{FEFF}", "é", "\u{202E}",
        "2026-02-30T25:61:61+99:99", "9999-12-31T23:59:59.999999999Z", "canary", "Z9876QX", "\n\n",
    ].map { Array($0.utf8) }
    /// Inputs grow by copies of their own; nothing is learnt from long ones.
    private static let bytesMax = 16 << 10

    private var source: SplitMix64

    init(seed: UInt64) { source = SplitMix64(seed: seed) }

    mutating func next() -> UInt64 { source.next() }

    /// One of the inputs with up to five changes.
    mutating func input(from inputs: [[UInt8]]) -> [UInt8] {
        var bytes = inputs.randomElement(using: &self) ?? []
        for _ in 0..<Int.random(in: 1...5, using: &self) { change(&bytes, inputs) }
        return Array(bytes.prefix(Mutator.bytesMax))
    }

    private mutating func change(_ bytes: inout [UInt8], _ inputs: [[UInt8]]) {
        let at = Int.random(in: 0...bytes.count, using: &self)
        let end = min(bytes.count, at + Int.random(in: 1...32, using: &self))
        switch Int.random(in: 0...7, using: &self) {
        case 0 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &self)
        case 1 where at < bytes.count: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &self)
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 4: bytes.replaceSubrange(at..<end, with: Mutator.tokens.randomElement(using: &self) ?? [])
        case 5: bytes.insert(contentsOf: Mutator.tokens.randomElement(using: &self) ?? [], at: at)
        case 6: bytes.removeSubrange(at...)
        default:
            let other = inputs.randomElement(using: &self) ?? []
            let from = Int.random(in: 0...other.count, using: &self)
            bytes.insert(contentsOf: other[from..<min(other.count, from + 64)], at: at)
        }
    }
}
