/// Reading and writing RFC 3339 timestamps. An offset is required: a naive time is told apart from a broken one,
/// because its rejection has a code of its own (TIME_NAIVE).
public enum RFC3339 {
    public enum Failure: Error, Hashable, Sendable { case notATime, noOffset }

    /// Reads `2026-06-05T09:15:00+01:00`; 0–9 fractional digits (what lies below a microsecond is cut off),
    /// `Z` or `±hh:mm`. A leap second `:60` is read as the last microsecond before the next minute.
    public static func read(_ text: some StringProtocol) -> Result<Instant, Failure> {
        var text = String(text)
        return text.withUTF8 { read($0) }
    }

    private static func read(_ b: UnsafeBufferPointer<UInt8>) -> Result<Instant, Failure> {
        func number(_ from: Int, _ count: Int) -> Int? {
            guard from + count <= b.count else { return nil }
            var value = 0
            for i in from..<from + count {
                guard b[i] >= 48, b[i] <= 57 else { return nil }
                value = value * 10 + Int(b[i] - 48)
            }
            return value
        }
        guard b.count >= 19, b[4] == 45, b[7] == 45, b[10] | 32 == 116, b[13] == 58, b[16] == 58,
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
            year > 0, hour < 24, minute < 60, second <= 60, let date = LocalDate(year: year, month: month, day: day)
        else { return .failure(.notATime) }
        var at = 19, micros = 0
        if at < b.count, b[at] == 46 {
            var digits = 0
            at += 1
            while at < b.count, b[at] >= 48, b[at] <= 57 {
                if digits < 6 { micros = micros * 10 + Int(b[at] - 48) }
                digits += 1
                at += 1
            }
            guard (1...9).contains(digits) else { return .failure(.notATime) }
            for _ in 0..<max(0, 6 - digits) { micros *= 10 }
        }
        if at == b.count { return .failure(.noOffset) }
        var offsetMinutes = 0
        if b[at] | 32 == 122, at + 1 == b.count {
            offsetMinutes = 0
        } else if b[at] == 43 || b[at] == 45, at + 6 == b.count, b[at + 3] == 58,
            let h = number(at + 1, 2), let m = number(at + 4, 2), h < 24, m < 60
        {
            offsetMinutes = (b[at] == 45 ? -1 : 1) * (h * 60 + m)
        } else {
            return .failure(.notATime)
        }
        let leap = second == 60
        let seconds = Int64(hour * 3600 + minute * 60 + (leap ? 59 : second) - offsetMinutes * 60)
        let fraction = Int64(leap ? 999_999 : micros)
        return .success(
            Instant(microseconds: Int64(date.daysSince1970) * 86_400_000_000 + seconds * 1_000_000 + fraction))
    }

    /// London wall-clock time with its offset, `2026-06-05T10:00:00+01:00`; a fraction is written only when there is
    /// one, always with six digits.
    public static func london(_ instant: Instant) -> String {
        let offset = London.offset(at: instant)
        return write(instant + offset, suffix: offset == .zero ? "+00:00" : "+01:00")
    }

    /// UTC, `2026-06-05T09:00:00Z`.
    public static func utc(_ instant: Instant) -> String { write(instant, suffix: "Z") }

    private static func write(_ local: Instant, suffix: String) -> String {
        let dayLength = Span.days(1).microseconds
        let day = local.microseconds.floorDivided(by: dayLength)
        let rest = Int(local.microseconds - day * dayLength)
        let seconds = rest / 1_000_000, micros = rest % 1_000_000
        let (y, m, d) = LocalDate(daysSince1970: Int32(day)).parts
        return String(unsafeUninitializedCapacity: 40) { out in
            var n = 0
            func put(_ value: Int, _ width: Int) {
                var v = value
                for i in stride(from: n + width - 1, through: n, by: -1) {
                    out[i] = UInt8(48 + v % 10)
                    v /= 10
                }
                n += width
            }
            func put(_ ascii: UInt8) {
                out[n] = ascii
                n += 1
            }
            put(y, 4)
            put(45)
            put(m, 2)
            put(45)
            put(d, 2)
            put(84)
            put(seconds / 3600, 2)
            put(58)
            put(seconds / 60 % 60, 2)
            put(58)
            put(seconds % 60, 2)
            if micros > 0 {
                put(46)
                put(micros, 6)
            }
            for byte in suffix.utf8 { put(byte) }
            return n
        }
    }
}
