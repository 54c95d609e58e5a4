import Foundation

/// A file or standard input, read in chunks.
final class InputFile {
    private let handle: FileHandle
    private static let chunkBytes = 1 << 20

    /// - Parameter path: `-` is standard input.
    init(_ path: String) throws {
        if path == "-" {
            handle = .standardInput
            return
        }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure(.badInput, "cannot read \(path); check the path and its permissions")
        }
        self.handle = handle
    }

    /// The next bytes, nil at the end.
    func chunk() throws -> [UInt8]? {
        guard let data = try handle.read(upToCount: InputFile.chunkBytes), !data.isEmpty else { return nil }
        return Array(data)
    }
}
