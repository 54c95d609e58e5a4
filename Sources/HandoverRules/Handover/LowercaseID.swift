public import FoundationEssentials

extension UUID {
    /// The id in lower case, as it stands in bodies, without going through C formatting.
    public var lowercaseText: String {
        withUnsafeBytes(of: uuid) { bytes in
            String(unsafeUninitializedCapacity: 36) { out in
                var n = 0
                for (i, byte) in bytes.enumerated() {
                    if i == 4 || i == 6 || i == 8 || i == 10 {
                        out[n] = UInt8(ascii: "-")
                        n += 1
                    }
                    out[n] = UUID.hex(byte >> 4)
                    out[n + 1] = UUID.hex(byte & 15)
                    n += 2
                }
                return n
            }
        }
    }

    private static func hex(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 48 + nibble : 87 + nibble }
}
