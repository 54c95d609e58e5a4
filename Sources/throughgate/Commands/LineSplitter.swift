/// Cuts chunks of bytes into lines, numbered from 1.
struct LineSplitter {
    private var rest: [UInt8] = []
    private var number = 0

    mutating func feed(_ chunk: [UInt8], _ take: (_ line: [UInt8], _ number: Int) -> Void) {
        var start = chunk.startIndex
        while let end = chunk[start...].firstIndex(of: 10) {
            number += 1
            if rest.isEmpty {
                take(Array(chunk[start..<end]), number)
            } else {
                take(rest + chunk[start..<end], number)
                rest.removeAll(keepingCapacity: true)
            }
            start = end + 1
        }
        rest += chunk[start...]
    }

    /// The last line, where no line end follows it.
    mutating func finish(_ take: (_ line: [UInt8], _ number: Int) -> Void) {
        guard !rest.isEmpty else { return }
        number += 1
        take(rest, number)
        rest = []
    }
}
