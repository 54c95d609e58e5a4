import HandoverRules
import Operations

extension PartRow {
    /// How the canary fares, in words.
    /// - Parameter now: the machine's time: canaries know no other.
    init(_ canary: CanaryFigures?, isOn: Bool, _ now: Instant) {
        part = "Canary"
        guard let canary else {
            (tone, word) = isOn ? ("warn", "unknown") : ("", "off")
            why = isOn ? "none was sent yet, or PostgreSQL has not answered" : "canary.interval has one sent"
            return
        }
        let missed = canary.missed(at: now)
        guard missed > 0 else {
            (tone, word) = ("good", "comes through")
            let took = canary.lastSeconds.map { "the latest in \(PartRow.seconds($0))" }
            let slowest = canary.slowestSeconds.map { "the slowest of the last hour in \(PartRow.seconds($0))" }
            let words = [took, slowest].compactMap { $0 } + ["one every \(PartRow.seconds(canary.every))"]
            why = words.joined(separator: ", ")
            return
        }
        (tone, word) = (missed > 2 ? "bad" : "warn", "missed")
        let times = "\(missed) \(missed == 1 ? "time" : "times")"
        let last = canary.lastSentAt.map { "the latest that came was sent \(PartRow.age($0, now)) ago" }
        let place =
            switch (canary.awaitedSince, canary.isRecorded) {
            case (nil, _): "none is on its way"
            case (let sent?, false): "one sent \(PartRow.age(sent, now)) ago is not recorded yet"
            case (let sent?, true): "one sent \(PartRow.age(sent, now)) ago is recorded and not published yet"
            }
        why = ["\(times): \(place)", last ?? "none has come yet"].joined(separator: ", ")
    }

    private static func seconds(_ seconds: Double) -> String {
        seconds < 10 ? "\((seconds * 100).rounded() / 100) s" : "\(Int(seconds.rounded())) s"
    }

    private static func age(_ at: Instant, _ now: Instant) -> String {
        Figure.age(max(0, Double((now - at).microseconds) / 1_000_000))
    }
}
