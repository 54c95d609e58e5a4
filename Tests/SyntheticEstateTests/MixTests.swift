import HandoverRules
import SyntheticEstate
import Testing

@Suite("rules: the mix of an estate follows the public figures")
struct MixTests {
    /// Large enough that a share is within three points of its weight; the seed is fixed, so this never flickers.
    private static let estate = Estate(EstatePlan(seed: 42, people: 6_000, days: 7))

    private func share(_ wanted: EstateCase, of people: [SyntheticPerson] = estate.people) -> Double {
        Double(people.count { $0.cases.contains(wanted) }) / Double(people.count)
    }

    @Test("no fixed abode 13 %, removal 4 %, unplanned 12 %")
    func leavings() {
        let homeless =
            share(.noFixedAbodeLocalConnection) + share(.noFixedAbodeLastHome) + share(.noFixedAbodeNothingKnown)
        #expect(abs(homeless - 0.13) < 0.03)
        #expect(abs(share(.removal) - 0.04) < 0.02)
        let releases = Self.estate.events.filter { if case .releaseActual = $0.payload { true } else { false } }
        let atCourt = releases.count { if case .releaseActual(let p) = $0.payload { p.place == .court } else { false } }
        #expect(abs(Double(atCourt) / Double(releases.count) - 0.096) < 0.03)
    }

    @Test("an opioid need 36 %, of them a kit between 12 and 42 % with the mean between")
    func need() {
        let eligible = Self.estate.people.filter {
            !$0.cases.contains(.notEligible) && !$0.cases.contains(.notAssessed)
        }
        #expect(abs(Double(eligible.count) / Double(Self.estate.people.count) - 0.36) < 0.03)
        #expect(abs(1 - share(.noKit, of: eligible) - 0.27) < 0.05)
    }

    @Test("consent of the eligible: drug service 80 %, supervision 55 %")
    func consents() {
        let eligible = Self.estate.people.filter {
            !$0.cases.contains(.notEligible) && !$0.cases.contains(.notAssessed)
        }
        let drugServiceRefused =
            share(.consentRefused, of: eligible) + share(.consentNotAsked, of: eligible)
            + share(.supervisionOnly, of: eligible)
        #expect(abs(drugServiceRefused - 0.2) < 0.04)
    }

    @Test("releases bunch on Thursday and Wednesday, and hardly any fall on a weekend")
    func weekdays() {
        var counts = [Int](repeating: 0, count: 8)
        for event in Self.estate.events {
            if case .releaseActual(let p) = event.payload { counts[London.date(of: p.releasedAt).weekday] += 1 }
        }
        let all = Double(counts.reduce(0, +))
        #expect(abs(Double(counts[4]) / all - 0.28) < 0.04)
        #expect(abs(Double(counts[5]) / all - 0.105) < 0.03)
        #expect(Double(counts[6] + counts[7]) / all < 0.02)
    }

    @Test("most leave in the morning")
    func hours() {
        let times = Self.estate.events.compactMap { event -> Span? in
            guard case .releaseActual(let p) = event.payload else { return nil }
            return London.timeOfDay(p.releasedAt)
        }
        let morning = times.count { $0 < .hours(12) }
        #expect(Double(morning) / Double(times.count) > 0.65)
        #expect(times.allSatisfy { $0 >= .hours(8) && $0 < .hours(18) })
    }
}

@Suite("rules: the uniform load")
struct LoadTests {
    @Test("three hundred thousand events come in seconds, each by its index alone")
    func load() {
        let load = SyntheticLoad(people: 50_000, events: 300_000, seed: 3)
        var count = 0
        var last = Instant.distantPast
        for event in load {
            count += 1
            #expect(event.publishedAt > last && event.occurredAt < event.publishedAt)
            last = event.publishedAt
        }
        #expect(count == 300_000)
        #expect(load.event(123_456) == Array(load.prefix(123_457)).last)
    }

    @Test("all its people are synthetic and everybody is released once")
    func people() {
        let load = SyntheticLoad(people: 1_000, events: 7_000, seed: 3)
        #expect(Set(load.people.map(\.noms)).count == 1_000)
        #expect(load.people.allSatisfy { $0.noms.text.hasPrefix("Z") })
        #expect(load.count { $0.payload.type == .releaseActual } == 1_000)
        #expect(Set(load.map(\.id)).count == 7_000)
    }
}
