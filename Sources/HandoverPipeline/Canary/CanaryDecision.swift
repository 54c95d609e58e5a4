import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules

/// What the rules say of a canary: the same fold, decision and encoding as for anybody, over a person and registers
/// that exist here only. The handover goes to `hub.canary`; no state, record or message in the ledger knows of it.
enum CanaryDecision {
    static let postcode = "ZC1 1AA"
    private static let authority = AuthorityID(unchecked: "E08999999")
    private static let service = Label(unchecked: "canary")

    /// The message that a canary causes, the same bytes every time; nil where the rules decide no handover for it: the
    /// watch then misses it.
    ///
    /// - Parameter rules: those in force; the hold is left out, so that the answer is at once.
    static func message(of first: SortedBatch.First, rules: Rulebook, outbound: OutboundWriter) -> OutboundMessage? {
        let release = first.decoded.event
        var rules = rules
        rules.releaseHold = .zero
        var record = PersonRecord(name: "Canary", dateOfBirth: LocalDate("1980-01-01") ?? LocalDate(daysSince1970: 0))
        record.postcode = Postcode(unchecked: postcode)
        record.addressStatus = .own
        var people = People()
        people.lookedUp.insert(release.subject)
        let world = People.World(records: [release.subject: record], registers: registers, rules: rules)
        let step = people.decide(past(of: release) + [release], world)
        let decided = step.persons.flatMap(\.decision.outbound).first {
            if case .handover(let recipient) = $0.destination { recipient.provider == service } else { false }
        }
        guard let decided else { return nil }
        var message = outbound.message(decided, following: first.decoded.trace)
        message.topic = outbound.topics.canary
        // Whoever waits for it knows the event, and nothing of handovers.
        message.key = Array(release.id.lowercaseText.utf8)
        return message
    }

    /// A day in custody, as the rules need it for a handover to a drug service.
    private static func past(of release: Event) -> [Event] {
        var received = CustodyReceived()
        received.prison = CanaryEvent.prison
        received.reason = .admission
        var assessed = EligibilityAssessed()
        assessed.assessment = Label(unchecked: "canary")
        assessed.outcome = .eligible
        assessed.criteria = [.pastOverdose]
        var consent = ConsentRecorded()
        consent.scope = .drugService
        consent.state = .given
        consent.method = .written
        consent.capacity = true
        let payloads: [Payload] = [
            .custodyReceived(received), .eligibilityAssessed(assessed), .consentRecorded(consent),
        ]
        return payloads.enumerated().map { index, payload in
            let at = release.occurredAt - .hours(Int64(24 - index))
            var id = release.id.uuid
            id.15 = UInt8(truncatingIfNeeded: Int(id.15) + index + 1)
            return Event(
                id: UUID(uuid: id), subject: release.subject, occurredAt: at, publishedAt: at, receivedAt: at,
                system: CanaryEvent.system, sourcePrison: CanaryEvent.prison, payload: payload)
        }
    }

    private static let registers: Registers = {
        let start = LocalDate("2000-01-01") ?? LocalDate(daysSince1970: 0)
        var registers = Registers()
        registers.prisons[CanaryEvent.prison] = Prison(
            id: CanaryEvent.prison, name: "Canary", active: true, onboardedFrom: start)
        registers.providers[service] = Provider(id: service, kind: .drugService, name: "Canary", validFrom: start)
        registers.coverage[authority] = [
            Coverage(provider: service, pathway: .criminalJustice, ageBand: .adult, rank: 1, validFrom: start)
        ]
        registers.postcodes["ZC1"] = PostcodeArea(authority: authority, nation: "England", share: 1)
        registers.movementReasons[MovementReasonKey("CR", .out)] = MovementReason(
            movementClass: "COMMUNITY_RELEASE", releaseReason: .crd)
        return registers
    }()
}
