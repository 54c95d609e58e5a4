/// Reads CSV as RFC 4180 has it, from chunks of bytes: quotes, doubled quotes, line ends inside quotes, CRLF or LF.
/// A byte order mark at the start is taken off. Holds one row and one chunk, whatever the size of the file.
package struct CSVReader {
    /// A row is a person or a place; a quote that is never closed would otherwise swallow the file.
    static let rowBytesMax = 64 * 1024

    package struct Row: Sendable, Hashable {
        /// The line on which it begins, from 1.
        package var line: Int
        package var fields: [String]
    }

    private let nextChunk: () throws -> [UInt8]?
    private var chunk: [UInt8] = []
    private var at = 0
    private var line = 1
    private var field: [UInt8] = []
    private var isAtStart = true

    /// - Parameter nextChunk: some bytes; nil at the end.
    package init(_ nextChunk: @escaping () throws -> [UInt8]?) { self.nextChunk = nextChunk }

    /// The next row; nil at the end. Blank lines are skipped.
    ///
    /// - Throws: ``ImportProblem``, or what `nextChunk` throws.
    package mutating func next() throws -> Row? {
        while true {
            var row = Row(line: line, fields: [])
            var size = 0
            var isQuoted = false
            var end = FieldEnd.line
            fieldLoop: while let next = try readField(row.line, &isQuoted) {
                end = next
                size += field.count
                guard size <= CSVReader.rowBytesMax else {
                    throw ImportProblem(line: row.line, "the row is longer than 64 KiB; is a quote left open?")
                }
                row.fields.append(try text(row.line, row.fields.count))
                if end != .comma { break fieldLoop }
            }
            // The file ends behind a comma: its last field is empty.
            if end == .comma { row.fields.append("") }
            if row.fields.isEmpty { return nil }
            if row.fields.count == 1, row.fields[0].isEmpty, !isQuoted {
                continue
            }
            return row
        }
    }

    private enum FieldEnd { case comma, line }

    /// Reads one field into `field`; nil when nothing is left at all.
    private mutating func readField(_ start: Int, _ isQuoted: inout Bool) throws -> FieldEnd? {
        field.removeAll(keepingCapacity: true)
        guard var byte = try take() else { return nil }
        isQuoted = byte == UInt8(ascii: "\"")
        if isQuoted {
            try readQuoted(start)
            guard let after = try take() else { return .line }
            byte = after
        }
        while true {
            switch byte {
            case UInt8(ascii: ","): return .comma
            case UInt8(ascii: "\n"):
                line += 1
                return .line
            case UInt8(ascii: "\r") where try peek() == UInt8(ascii: "\n"): break
            case UInt8(ascii: "\"") where !isQuoted:
                throw ImportProblem(line: start, "a quote inside a field: put the whole field in quotes and double it")
            default:
                guard !isQuoted else { throw ImportProblem(line: start, "text after a closing quote") }
                field.append(byte)
                guard field.count <= CSVReader.rowBytesMax else {
                    throw ImportProblem(line: start, "a field is longer than 64 KiB")
                }
            }
            guard let next = try take() else { return .line }
            byte = next
        }
    }

    /// What stands between the quotes; the opening one is taken already.
    private mutating func readQuoted(_ start: Int) throws {
        while let byte = try take() {
            if byte == UInt8(ascii: "\"") {
                guard try peek() == UInt8(ascii: "\"") else { return }
                _ = try take()
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            field.append(byte)
            guard field.count <= CSVReader.rowBytesMax else { break }
        }
        throw ImportProblem(line: start, "a quote is opened and not closed")
    }

    private func text(_ line: Int, _ index: Int) throws(ImportProblem) -> String {
        guard let text = String(validating: field, as: UTF8.self), !field.contains(0) else {
            throw ImportProblem(line: line, "field \(index + 1) is not UTF-8 text; save the file as UTF-8")
        }
        return text
    }

    private mutating func take() throws -> UInt8? {
        guard let byte = try peek() else { return nil }
        at += 1
        return byte
    }

    /// The first bytes, without a byte order mark, however small the pieces in which it comes; nil for nothing at all.
    private mutating func start() throws -> [UInt8]? {
        isAtStart = false
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var bytes: [UInt8] = []
        while bytes.count < mark.count, let next = try nextChunk() { bytes += next }
        if bytes.starts(with: mark) { bytes.removeFirst(mark.count) }
        return bytes
    }

    private mutating func peek() throws -> UInt8? {
        while at == chunk.count {
            guard let next = try isAtStart ? start() : nextChunk() else { return nil }
            chunk = next
            at = 0
        }
        return chunk[at]
    }
}
