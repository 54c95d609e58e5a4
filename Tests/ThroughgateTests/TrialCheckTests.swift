import FaultTrials
import Testing

@Suite("rules: the count after a trial")
struct TrialCheckTests {
    /// Two events, one of them twice, a refused record, and two versions of one handover.
    private func whole() -> TrialCheck {
        var check = TrialCheck()
        check.inputs = [
            .init(place: "t/0/0", id: "a", refusal: nil), .init(place: "t/0/1", id: "b", refusal: nil),
            .init(place: "t/1/0", id: "a", refusal: nil), .init(place: "t/1/1", id: nil, refusal: "MALFORMED"),
        ]
        check.recorded = ["a", "b"]
        check.recordedAt = ["t/0/0", "t/0/1"]
        check.refused = ["t/1/1": "MALFORMED"]
        check.letters = ["t/1/1": 1]
        check.decided = [.init(stream: "h", version: 1, body: [1]), .init(stream: "h", version: 2, body: [2])]
        check.seen = check.decided
        return check
    }

    @Test func aWholeRunHasNoFault() { #expect(whole().faults == []) }

    @Test func anInputThatIsNowhereIsFound() {
        var check = whole()
        check.recorded.remove("b")
        check.recordedAt.remove("t/0/1")
        #expect(check.faults == [.inputLost("t/0/1")])
        check = whole()
        check.inputs.append(.init(place: "t/2/0", id: nil, refusal: nil))
        #expect(check.faults == [.inputLost("t/2/0")])
    }

    @Test func anInputRecordedAndRefusedIsFound() {
        var check = whole()
        check.refused["t/0/1"] = "POISON"
        check.letters["t/0/1"] = 1
        #expect(check.faults == [.inputTwice("t/0/1"), .wronglyRefused("t/0/1", "POISON")])
    }

    @Test func aRefusalForAnotherReasonAndNoneAtAllAreFound() {
        var check = whole()
        check.refused["t/1/1"] = "TOO_LARGE"
        #expect(check.faults == [.wronglyTaken("t/1/1", "MALFORMED")])
        check.refused = [:]
        check.letters = [:]
        check.recordedAt.insert("t/1/1")
        #expect(check.faults == [.wronglyTaken("t/1/1", "MALFORMED")])
    }

    @Test(arguments: [nil, 2])
    func aDeadLetterThatIsMissingOrTwiceIsFound(count: Int?) {
        var check = whole()
        check.letters["t/1/1"] = count
        #expect(check.faults == [.deadLetters("t/1/1", count ?? 0)])
    }

    @Test func aDeadLetterThatNobodyWroteIsFound() {
        var check = whole()
        check.letters["t/5/5"] = 1
        #expect(check.faults == [.deadLetters("t/5/5", 1)])
    }

    @Test func eachFaultOfAnOutputIsFound() {
        var check = whole()
        check.seen.removeLast()
        #expect(check.faults == [.lost("h/2")])
        check = whole()
        check.seen.append(check.seen[1])
        #expect(check.faults == [.duplicated("h/2"), .reordered("h/2")])
        check = whole()
        check.seen.append(.init(stream: "x", version: 1, body: []))
        #expect(check.faults == [.unknown("x/1")])
        check = whole()
        check.seen[0].body = [9]
        #expect(check.faults == [.altered("h/1")])
        check = whole()
        check.seen.reverse()
        #expect(check.faults == [.reordered("h/1")])
    }
}

@Suite("rules: the schedule of faults")
struct FaultScheduleTests {
    private func schedule(_ seed: UInt64, seconds: Double = 60) -> FaultSchedule {
        FaultSchedule(seed: seed, seconds: seconds, hubs: 3, kinds: Set(FaultSchedule.Kind.allCases))
    }

    @Test func aSeedRepeatsItAndAnotherDoesNot() {
        #expect(schedule(1) == schedule(1))
        #expect(schedule(1) != schedule(2))
        // A change of these words changes what a seed in an old report means.
        #expect(schedule(7).faults.first?.text == "1.2 s: networkSlow 3 for 2.9 s")
    }

    @Test func everyMinuteHasEveryKindAndIsMendedAtItsEnd() {
        for seed in UInt64(1)...200 {
            let faults = schedule(seed).faults
            #expect(Set(faults.map(\.kind)) == Set(FaultSchedule.Kind.allCases), "seed \(seed)")
            #expect(faults.allSatisfy { $0.at > 0 && $0.at + $0.seconds < 60 }, "seed \(seed)")
            #expect(Set(faults.filter { $0.kind == .hubKilled }.map(\.hub)).count > 1, "seed \(seed)")
        }
    }

    @Test func longRunsFreezeAHubPastItsSession() {
        let frozen = schedule(3, seconds: 900).faults.filter { $0.kind == .hubFrozen && $0.seconds > 45 }
        #expect(!frozen.isEmpty)
        #expect(schedule(3).faults.allSatisfy { $0.seconds < 6 })
    }

    @Test func whatIsNotAllowedIsLeftOut() {
        let kinds: Set<FaultSchedule.Kind> = [.hubKilled, .postgresKilled]
        let faults = FaultSchedule(seed: 5, seconds: 60, hubs: 3, kinds: kinds).faults
        #expect(Set(faults.map(\.kind)) == kinds)
    }
}

@Suite("rules: the slope of memory")
struct MemorySlopeTests {
    /// A sample each five seconds: a line and a saw of two MiB.
    private func slope(_ perHour: Double, minutes: Int, warmUp: Double = 0) -> MemorySlope {
        var slope = MemorySlope(warmUpSeconds: warmUp)
        for sample in 0..<(minutes * 12) {
            let second = Double(sample) * 5
            slope.add(second: second, mebibytes: 60 + perHour * second / 3_600 + Double(sample % 7) / 3)
        }
        return slope
    }

    @Test func aLineIsFoundWithinItsConfidence() throws {
        let estimate = try #require(slope(12, minutes: 60).estimate)
        #expect(estimate.points == 60)
        #expect(estimate.low < 12 && estimate.high > 12 && estimate.halfWidth < 1)
        #expect(slope(12, minutes: 60).verdict(tolerance: 1) == .grows)
        #expect(slope(0, minutes: 60).verdict(tolerance: 1) == .steady)
        #expect(slope(-5, minutes: 60).verdict(tolerance: 1) == .steady)
    }

    @Test func theIntervalIsStudents() throws {
        // Five minutes at 1, 2, 2, 4, 3: by hand, slope 36 an hour, standard error 60 * sqrt(1.6 / 3 / 10), t = 3.182.
        var slope = MemorySlope(warmUpSeconds: 0)
        for (minute, value) in [1.0, 2, 2, 4, 3].enumerated() {
            slope.add(second: Double(minute) * 60, mebibytes: value)
        }
        let estimate = try #require(slope.estimate)
        #expect(abs(estimate.slope - 36) < 1e-9)
        #expect(abs(estimate.halfWidth - 3.182 * 60 * (1.6 / 3 / 10 as Double).squareRoot()) < 1)
    }

    @Test func theWarmUpIsLeftOutAndTooShortIsSaid() {
        #expect(slope(12, minutes: 3).verdict(tolerance: 1) == .tooShort)
        #expect(slope(12, minutes: 10, warmUp: 8 * 60).verdict(tolerance: 1) == .tooShort)
        var late = MemorySlope(warmUpSeconds: 600)
        for sample in 0..<240 {
            let second = Double(sample) * 5
            late.add(second: second, mebibytes: second < 600 ? second : 600)
        }
        #expect(late.verdict(tolerance: 1) == .steady)
    }
}
