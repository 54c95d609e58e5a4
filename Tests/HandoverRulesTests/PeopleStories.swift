import FoundationEssentials
import HandoverRules
import Testing

/// Merges and moves as the pure step sees them.
@Suite("rules: who is whom") struct PeopleStories {
    private func event(
        _ n: UInt64, _ payload: Payload, of noms: String, at: String, correcting: Correction? = nil
    ) -> Event {
        Event(
            id: World.uuid(n), subject: NomsNumber(unchecked: noms), occurredAt: time(at), publishedAt: time(at),
            receivedAt: time(at), system: "nomis-feed", correction: correcting, payload: payload)
    }

    private func number(_ noms: String) -> NomsNumber { NomsNumber(unchecked: noms) }

    @Test("a chain of merges ends under one number, whichever comes first") func chain() {
        let a = event(1, .merged("Z1000AA", into: "Z2000BB"), of: "Z2000BB", at: "06-01 10:00")
        let b = event(2, .merged("Z2000BB", into: "Z3000CC"), of: "Z3000CC", at: "06-02 10:00")
        for order in [[a, b], [b, a]] {
            let map = IdentityMap(order)
            #expect(map.canonical(number("Z1000AA")) == number("Z3000CC"))
            #expect(map.canonical(number("Z2000BB")) == number("Z3000CC"))
            #expect(map.canonical(number("Z3000CC")) == number("Z3000CC"))
        }
    }

    @Test("one number merged into two makes one person under the later") func fork() {
        let a = event(1, .merged("Z1000AA", into: "Z2000BB"), of: "Z2000BB", at: "06-01 10:00")
        let b = event(2, .merged("Z1000AA", into: "Z3000CC"), of: "Z3000CC", at: "06-02 10:00")
        for order in [[a, b], [b, a]] {
            let map = IdentityMap(order)
            #expect(map.keptUnder == [number("Z1000AA"): number("Z3000CC"), number("Z2000BB"): number("Z3000CC")])
        }
    }

    @Test("a merge against those before it closes a circle, a repeat and a short cut do not") func circles() {
        let map = IdentityMap([
            event(1, .merged("Z1000AA", into: "Z2000BB"), of: "Z2000BB", at: "06-01 10:00"),
            event(2, .merged("Z2000BB", into: "Z3000CC"), of: "Z3000CC", at: "06-02 10:00"),
        ])
        func closes(_ removed: String, _ surviving: String) -> Bool {
            map.wouldCloseACircle(removed: number(removed), surviving: number(surviving))
        }
        #expect(closes("Z3000CC", "Z1000AA"))
        #expect(closes("Z2000BB", "Z1000AA"))
        #expect(!closes("Z1000AA", "Z2000BB"))
        #expect(!closes("Z1000AA", "Z3000CC"))
        #expect(!closes("Z3000CC", "Z4000DD"))
    }

    @Test("a merge that is void is none, and one whose void is void stands") func voided() {
        let merge = event(1, .merged("Z1000AA", into: "Z2000BB"), of: "Z2000BB", at: "06-01 10:00")
        let void = event(
            2, .recordCorrected(RecordCorrected()), of: "Z2000BB", at: "06-02 10:00",
            correcting: Correction(of: merge.id, kind: .void, keepsTime: true))
        let reinstated = event(
            3, .recordCorrected(RecordCorrected()), of: "Z2000BB", at: "06-03 10:00",
            correcting: Correction(of: void.id, kind: .void, keepsTime: true))
        #expect(IdentityMap([void, merge]).keptUnder.isEmpty)
        #expect(IdentityMap([reinstated, void, merge]).keptUnder.count == 1)
    }

    @Test("a merge without the removed number changes nobody and says so") func incomplete() {
        var crowd = Crowd()
        crowd.receive([event(1, .merged(nil, into: "Z2000BB"), of: "Z2000BB", at: "06-01 10:00")])
        #expect(crowd.people.keptUnder.isEmpty)
        #expect(crowd.dataQuality.map(\.code) == ["MERGE_INCOMPLETE"])
    }

    @Test("a void of a merge makes two people of one again") func split() throws {
        var crowd = Crowd()
        crowd.receive([event(1, .admitted("MDI"), of: "Z1000AA", at: "05-25 10:00")])
        crowd.receive([event(2, .admitted("LEI"), of: "Z2000BB", at: "05-26 10:00")])
        let merge = event(3, .merged("Z1000AA", into: "Z2000BB"), of: "Z2000BB", at: "06-01 10:00")
        crowd.receive([merge])
        #expect(crowd["Z1000AA"] == nil && crowd["Z2000BB"]?.events.count == 3)
        crowd.receive([
            event(
                4, .recordCorrected(RecordCorrected()), of: "Z2000BB", at: "06-02 10:00",
                correcting: Correction(of: merge.id, kind: .void, keepsTime: true))
        ])
        #expect(crowd.people.keptUnder.isEmpty)
        #expect(try #require(crowd["Z1000AA"]).events.map(\.id) == [World.uuid(1)])
        #expect(try #require(crowd["Z2000BB"]).events.map(\.id) == [World.uuid(2), World.uuid(3), World.uuid(4)])
    }
}
