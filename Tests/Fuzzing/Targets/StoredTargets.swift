import EventContracts
import HandoverPipeline
import HandoverRules

/// Files of registers, and what comes back from a ledger that may be damaged.
enum StoredTargets {
    static let all = [
        FuzzTarget("csv", breach: csv),
        FuzzTarget("snapshot") { bytes in
            guard let state = PersonSnapshot.decode(bytes) else { return nil }
            return PersonSnapshot.decode(PersonSnapshot.encode(state)) == state ? nil : "another person once written"
        },
    ]

    private enum Outcome: Equatable {
        case rows([[String]])
        case problem(String)
    }

    /// The same rows whatever the chunks in which they come, and again from the rows written with every field quoted.
    private static func csv(_ bytes: [UInt8]) -> String? {
        let whole = read(bytes, chunk: max(1, bytes.count))
        for chunk in [1, 3, 7] where read(bytes, chunk: chunk) != whole { return "chunks make other rows" }
        switch whole {
        case .problem(let text): return Marker.breach(inDetail: text)
        case .rows(let rows):
            let written = rows.map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
            return read(Array(written.utf8), chunk: 64) == whole ? nil : "other rows once they are written"
        }
    }

    private static func quoted(_ field: String) -> String {
        "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    private static func read(_ bytes: [UInt8], chunk: Int) -> Outcome {
        var rest = bytes[...]
        var reader = CSVReader {
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(chunk) }
            return Array(rest.prefix(chunk))
        }
        var rows: [[String]] = []
        do {
            while let row = try reader.next() { rows.append(row.fields) }
        } catch {
            return .problem(String(describing: error))
        }
        return .rows(rows)
    }
}
