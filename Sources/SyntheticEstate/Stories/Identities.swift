import HandoverRules

/// Identifiers of people who do not exist, unique within an estate and scattered by its seed.
struct Identities: Sendable {
    private let offset: Int

    /// Numbers that exist in the form Z + four digits + two letters.
    static let capacity = 10_000 * 26 * 26
    /// Shares no factor with ``capacity``, so stepping by it visits every number once.
    private static let step = 4_294_967

    init(seed: UInt64) {
        var dice = Dice(seed: seed, stream: -1)
        offset = dice.below(Identities.capacity)
    }

    /// The `index`th person's prison number, always starting with Z.
    func noms(_ index: Int) -> NomsNumber {
        let n = (offset + index % Identities.capacity * Identities.step) % Identities.capacity
        let letters = n % 676
        let bytes: [UInt8] =
            [90] + Identities.digits(n / 676, 4) + [UInt8(65 + letters / 26), UInt8(65 + letters % 26)]
        return NomsNumber(unchecked: String(decoding: bytes, as: UTF8.self))
    }

    /// Probation case number, Z and six digits; repeats after a million people.
    func crn(_ index: Int) -> String {
        let n = (offset + index * 999_983) % 1_000_000
        return String(decoding: [90] + Identities.digits(n, 6), as: UTF8.self)
    }

    /// NHS number in the 999 range kept for tests, with its check digit modulo 11.
    func nhs(_ index: Int) -> String {
        var n = index
        while true {
            let body = [9, 9, 9] + Identities.digits(n % 1_000_000, 6).map { Int($0) - 48 }
            let sum = zip(body, stride(from: 10, to: 1, by: -1)).reduce(0) { $0 + $1.0 * $1.1 }
            let check = (11 - sum % 11) % 11
            if check < 10 { return (body + [check]).map(String.init).joined() }
            // A body whose check digit would be 10 is never issued: take another.
            n += 500_009
        }
    }

    /// Passes the form of a postcode, but the inward letters C, I, K, M, O and V are never used in real ones.
    static func postcode(in outcode: String, _ dice: inout Dice) -> Postcode {
        let letters = ["C", "I", "K", "M", "O", "V"]
        return Postcode(unchecked: "\(outcode) \(dice.below(10))\(dice.pick(letters))\(dice.pick(letters))")
    }

    private static func digits(_ n: Int, _ width: Int) -> [UInt8] {
        var rest = n
        var out = [UInt8](repeating: 48, count: width)
        for i in stride(from: width - 1, through: 0, by: -1) {
            out[i] = UInt8(48 + rest % 10)
            rest /= 10
        }
        return out
    }
}
