import Glibc

/// Which IP addresses are somebody's on the public internet: a table of those that are not (the IANA special-purpose
/// registries, RFC 6890 and what follows it), so that a webhook cannot be pointed at what only this machine reaches.
public enum PublicAddress {
    /// False for what is no address, and for loopback, private, link-local (metadata services too), CGNAT, unique
    /// local, multicast, documentation, benchmarking, reserved and unspecified ones. An IPv4 address inside an IPv6 one
    /// (mapped, compatible, NAT64, 6to4, Teredo) is judged as itself or refused.
    public static func isPublic(_ text: String) -> Bool {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            return isPublic(withUnsafeBytes(of: &four) { Array($0) })
        }
        var six = in6_addr()
        // A zone (fe80::1%eth0) is of this machine by nature.
        guard inet_pton(AF_INET6, text, &six) == 1 else { return false }
        return isPublicSix(withUnsafeBytes(of: &six) { Array($0) })
    }

    private static func isPublic(_ four: [UInt8]) -> Bool {
        let number = four.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return !notPublic.contains { number >> (32 - $0.bits) == $0.start >> (32 - $0.bits) }
    }

    private static func block(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ bits: UInt32) -> (start: UInt32, bits: UInt32) {
        (a << 24 | b << 16 | c << 8, bits)
    }

    private static let notPublic: [(start: UInt32, bits: UInt32)] = [
        block(0, 0, 0, 8),  // this network
        block(10, 0, 0, 8),  // private
        block(100, 64, 0, 10),  // carriers' NAT
        block(127, 0, 0, 8),  // loopback
        block(169, 254, 0, 16),  // link-local, metadata services
        block(172, 16, 0, 12),  // private
        block(192, 0, 0, 24),  // protocol assignments
        block(192, 0, 2, 24),  // documentation
        block(192, 31, 196, 24), block(192, 52, 193, 24), block(192, 175, 48, 24),  // AS112, AMT
        block(192, 88, 99, 24),  // 6to4 relays
        block(192, 168, 0, 16),  // private
        block(198, 18, 0, 15),  // benchmarking
        block(198, 51, 100, 24), block(203, 0, 113, 24),  // documentation
        block(224, 0, 0, 4),  // multicast
        block(240, 0, 0, 4),  // reserved, broadcast
        block(168, 63, 129, 24),  // a cloud's metadata and DNS
    ]

    private static func isPublicSix(_ six: [UInt8]) -> Bool {
        let zeros = six.prefix { $0 == 0 }.count
        // ::ffff:a.b.c.d and ::a.b.c.d (:: and ::1 are among the latter: 0.0.0.0/8).
        if zeros >= 12 || (zeros == 10 && six[10] == 0xff && six[11] == 0xff) { return isPublic(Array(six[12...])) }
        // NAT64, 64:ff9b::/96.
        if six[..<12] == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0] { return isPublic(Array(six[12...])) }
        // Only 2000::/3 is given out; out of it what is not one's own.
        guard six[0] >> 5 == 0b001 else { return false }
        let first = UInt16(six[0]) << 8 | UInt16(six[1]), second = UInt16(six[2]) << 8 | UInt16(six[3])
        switch (first, second) {
        case (0x2001, 0...0x01ff): return false  // Teredo, benchmarking, ORCHID and other assignments
        case (0x2001, 0x0db8): return false  // documentation
        case (0x2002, _): return false  // 6to4
        case (0x3fff, 0...0x0fff): return false  // documentation
        default: return true
        }
    }
}
