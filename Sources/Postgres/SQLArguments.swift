#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Bound values, encoded one behind the other in a single buffer.
@usableFromInline
struct SQLArguments: Sendable {
    @usableFromInline var types: [UInt32] = []
    @usableFromInline var bytes: [UInt8] = []
    /// Start and length of each value; a negative length is null.
    @usableFromInline var spans: [(start: Int, length: Int)] = []

    @usableFromInline
    init() {}

    @usableFromInline
    var count: Int { types.count }

    @inlinable
    mutating func append(type: UInt32, _ encode: (inout [UInt8]) -> Void) {
        let start = bytes.count
        encode(&bytes)
        types.append(type)
        spans.append((start, bytes.count - start))
    }

    @usableFromInline
    mutating func appendNull(type: UInt32) {
        types.append(type)
        spans.append((0, -1))
    }

    /// Lends the values in the form libpq takes: pointers, lengths, formats (all binary).
    func withPointers<Result>(
        _ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { buffer in
            // A value of no bytes still needs an address: null would be the SQL null.
            let base = buffer.baseAddress ?? Self.nowhere
            let values = spans.map { span in
                span.length < 0 ? nil : (base + span.start).assumingMemoryBound(to: CChar.self)
            }
            let lengths = spans.map { Int32(truncatingIfNeeded: max(0, $0.length)) }
            return body(values, lengths, [Int32](repeating: 1, count: spans.count))
        }
    }

    /// An address that stands for "no bytes"; it is never read from.
    nonisolated(unsafe) private static let nowhere = UnsafeRawPointer(
        UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8))
}
