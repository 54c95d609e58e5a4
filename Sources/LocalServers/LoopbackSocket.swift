import Glibc

/// Blocking TCP on 127.0.0.1, the few calls that the probe and the pacer need. Descriptors are plain integers here;
/// whoever opens one closes it. Every descriptor is close-on-exec, so a child never keeps a port.
enum LoopbackSocket {
    /// Connections that may wait to be accepted.
    static let backlog: Int32 = 128

    /// A listening socket on 127.0.0.1:`port`.
    static func listen(port: Int) throws -> Int32 {
        let descriptor = try open(port: port)
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        guard withAddress(port, { bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, backlog) == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw LocalServerError(.socket, "cannot listen: \(reason); use another port", at: "127.0.0.1:\(port)")
        }
        return descriptor
    }

    /// A connection to 127.0.0.1:`port`.
    static func connect(port: Int) throws -> Int32 {
        let descriptor = try open(port: port)
        guard withAddress(port, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw LocalServerError(.socket, "cannot connect: \(reason); is the server up?", at: "127.0.0.1:\(port)")
        }
        sendAtOnce(descriptor)
        return descriptor
    }

    /// The next connection of a listener, or nil when the listener was shut down.
    static func accept(_ listener: Int32) -> Int32? {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor >= 0 {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                sendAtOnce(descriptor)
                return descriptor
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: usleep(10_000)  // the machine is short of something: try again
            default: return nil
            }
        }
    }

    /// Reads exactly `bytes.count` bytes; false at the end of the stream or on any error.
    static func readExactly(_ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer) -> Bool {
        var done = 0
        while done < bytes.count {
            guard let base = bytes.baseAddress else { return false }
            let count = recv(descriptor, base + done, bytes.count - done, 0)
            if count > 0 { done += count } else if count == 0 || errno != EINTR { return false }
        }
        return true
    }

    /// Writes all of `bytes`; false on any error. A closed peer is an error, never a SIGPIPE.
    static func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var done = 0
        while done < bytes.count {
            guard let base = bytes.baseAddress else { return false }
            let count = send(descriptor, base + done, bytes.count - done, Int32(MSG_NOSIGNAL))
            if count > 0 { done += count } else if errno != EINTR { return false }
        }
        return true
    }

    /// Bounds every later read and write on this descriptor.
    static func limit(_ descriptor: Int32, milliseconds: Int) {
        var time = timeval(tv_sec: milliseconds / 1000, tv_usec: (milliseconds % 1000) * 1000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    private static func open(port: Int) throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0, (1...65_535).contains(port) else {
            if descriptor >= 0 { close(descriptor) }
            throw LocalServerError(.socket, "no socket to be had; is the port 1 to 65535?", at: "127.0.0.1:\(port)")
        }
        return descriptor
    }

    private static func sendAtOnce(_ descriptor: Int32) {
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func withAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
