public import FoundationEssentials

/// A seeded source of chance: xoshiro256** with its state filled by SplitMix64 (both public-domain designs by
/// Blackman and Vigna, 2018 and 2015). Every draw is defined here down to the bit, so the same seed gives the same
/// estate on every machine and with every version of the standard library, whose own `random(in:using:)` promises
/// neither.
public struct Dice: Sendable, Hashable {
    private var a: UInt64
    private var b: UInt64
    private var c: UInt64
    private var d: UInt64

    public init(seed: UInt64) {
        var filler = SplitMix64(seed: seed)
        (a, b, c, d) = (filler.next(), filler.next(), filler.next(), filler.next())
    }

    /// A stream of its own for part `index` of the estate: what one person draws never shifts what another draws.
    public init(seed: UInt64, stream index: Int) {
        self.init(seed: seed ^ (UInt64(bitPattern: Int64(index)) &* 0xD605_BBB5_8C8A_BC2B))
    }

    /// 64 random bits.
    public mutating func next() -> UInt64 {
        let result = rotated(b &* 5, by: 7) &* 9
        let shifted = b << 17
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = rotated(d, by: 45)
        return result
    }

    /// A whole number 0 ..< `bound`; 0 where `bound` is 0 or less.
    public mutating func below(_ bound: Int) -> Int {
        bound <= 0 ? 0 : Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A whole number within `range`.
    public mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// A fraction 0 ..< 1, exact in a Double.
    public mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// True with probability `share`.
    public mutating func chance(_ share: Double) -> Bool { fraction() < share }

    /// One of `choices`, which must not be empty.
    public mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

    /// One of `choices` by its weight. Weights need not sum to 1; the list must not be empty.
    public mutating func pick<T>(_ choices: [Weighted<T>]) -> T {
        var left = fraction() * choices.reduce(0) { $0 + $1.weight }
        for choice in choices {
            left -= choice.weight
            if left < 0 { return choice.value }
        }
        return choices[choices.count - 1].value
    }

    /// The same elements in another order (Fisher and Yates).
    public mutating func shuffled<T>(_ elements: [T]) -> [T] {
        var result = elements
        for i in stride(from: result.count - 1, to: 0, by: -1) { result.swapAt(i, below(i + 1)) }
        return result
    }

    /// A random UUID of version 4.
    public mutating func uuid() -> UUID {
        let high = (next() & ~0xF000) | 0x4000
        let low = (next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        func byte(_ word: UInt64, _ index: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word >> (56 - 8 * index)) }
        return UUID(
            uuid: (
                byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3), byte(high, 4), byte(high, 5),
                byte(high, 6), byte(high, 7), byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3), byte(low, 4),
                byte(low, 5), byte(low, 6), byte(low, 7)
            ))
    }

    private func rotated(_ x: UInt64, by bits: UInt64) -> UInt64 { (x << bits) | (x >> (64 - bits)) }
}

/// A choice and how often it is made, beside others.
public struct Weighted<Value: Sendable & Hashable>: Sendable, Hashable {
    public var value: Value
    public var weight: Double
    public init(_ value: Value, _ weight: Double) {
        self.value = value
        self.weight = weight
    }
}
