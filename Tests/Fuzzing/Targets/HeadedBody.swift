/// An input of a decoder that reads headers and a body: lines of `name: value`, an empty line, the body. Without an
/// empty line everything is body. So the corpus can be read, and a mutation can reach headers and body alike.
struct HeadedBody {
    var headers: [(name: String, value: [UInt8])] = []
    var body: [UInt8] = []

    init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        var lines: [ArraySlice<UInt8>] = []
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            if line.isEmpty {
                headers = lines.prefix(64).map(HeadedBody.header)
                body = Array(rest)
                return
            }
            lines.append(line)
        }
        body = bytes
    }

    private static func header(_ line: ArraySlice<UInt8>) -> (name: String, value: [UInt8]) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            return (String(decoding: line, as: UTF8.self), [])
        }
        let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }
        return (String(decoding: line[..<colon], as: UTF8.self), Array(value))
    }
}
