import SyntheticEstate

/// SplitMix64: small, seeded, the same everywhere. A failing test prints its seed.
struct SeededGenerator: RandomNumberGenerator {
    private var source: SplitMix64

    init(seed: UInt64) { source = SplitMix64(seed: seed) }

    mutating func next() -> UInt64 { source.next() }

    mutating func oneIn(_ n: Int) -> Bool { Int.random(in: 0..<n, using: &self) == 0 }

    mutating func text(_ alphabet: String, _ length: ClosedRange<Int>) -> String {
        let letters = Array(alphabet)
        return String((0..<Int.random(in: length, using: &self)).map { _ in letters.randomElement(using: &self)! })
    }
}

let capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
let digits = "0123456789"
