import Glibc

/// Reads length-prefixed Kafka frames through one fixed buffer: the head is held for a look, the rest streams.
/// Used by one thread.
final class FrameBuffer {
    /// The start of a frame in the buffer.
    struct Frame {
        /// Length prefix and head, as they lie in the buffer.
        fileprivate let bytes: UnsafeMutableRawBufferPointer
        /// Bytes of the frame still in the socket.
        let rest: Int

        /// The frame's first bytes, after the length prefix.
        var head: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[4...]) }

        /// Overwrites the four-byte port at `place` of the head if it reads `old`.
        func replacePort(at place: Int, _ old: Int, with new: Int) {
            let at = place + 4
            guard at >= 4, at + 4 <= bytes.count,
                bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self).bigEndian == UInt32(old)
            else { return }
            bytes.storeBytes(of: UInt32(new).bigEndian, toByteOffset: at, as: UInt32.self)
        }
    }

    private let memory: UnsafeMutableRawBufferPointer

    init(bytes: Int) { memory = .allocate(byteCount: bytes, alignment: 16) }

    deinit { memory.deallocate() }

    /// The next frame's length and head; nil at the end of the stream or for a length that is none.
    func readHead(from socket: Int32) -> Frame? {
        guard LoopbackSocket.readExactly(socket, into: .init(rebasing: memory[..<4])) else { return nil }
        let length = Int(Int32(bigEndian: memory.loadUnaligned(as: Int32.self)))
        guard length > 0 else { return nil }
        let here = min(length, memory.count - 4)
        guard LoopbackSocket.readExactly(socket, into: .init(rebasing: memory[4..<(4 + here)])) else { return nil }
        return Frame(bytes: .init(rebasing: memory[..<(4 + here)]), rest: length - here)
    }

    /// Sends the frame on, streaming what is still in the socket. The frame's head is not valid afterwards.
    func forward(_ frame: Frame, from source: Int32, to target: Int32) -> Bool {
        guard LoopbackSocket.writeAll(target, UnsafeRawBufferPointer(frame.bytes)) else { return false }
        var rest = frame.rest
        while rest > 0 {
            let part = UnsafeMutableRawBufferPointer(rebasing: memory[..<min(rest, memory.count)])
            guard LoopbackSocket.readExactly(source, into: part),
                LoopbackSocket.writeAll(target, UnsafeRawBufferPointer(part))
            else { return false }
            rest -= part.count
        }
        return true
    }
}
