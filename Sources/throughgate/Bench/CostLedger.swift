import EventContracts
import Foundation
import HandoverRules
import Postgres
import SyntheticEstate

/// Fills a ledger with people by generate_series: each with a record, a reception, an assessment and two consents, as
/// events and as what the hub keeps of the person. Everybody is a copy of one, with a prison number and ids of their
/// own.
struct CostLedger {
    private let connection: PostgresConnection
    private let template: [UInt8]
    /// Where the prison number and the events' ids stand in the template, counted from 1 as SQL does.
    private let number: Int
    private let ids: [Int]
    private let kept: [Event]
    private var filled = 0

    static let prison = PrisonID(unchecked: "MDI")
    private static let home = HomeArea.pilot[0]

    init(_ world: DemoWorld) throws {
        connection = try world.connection()
        let subject = NomsNumber(unchecked: "Z0000AA")
        var state = PersonState(subject: subject)
        var arrivals = SyntheticLoad(
            people: 1, events: 4, seed: 1, start: Wall.now() - .days(2)
        ).map { $0 }
        for index in arrivals.indices {
            arrivals[index].subject = subject
            arrivals[index].sourcePrison = CostLedger.prison
        }
        if case .custodyReceived(var p) = arrivals[0].payload {
            p.prison = CostLedger.prison
            arrivals[0].payload = .custodyReceived(p)
        }
        state =
            decide(
                state, arrivals: arrivals, record: nil, registers: Registers(), rules: Rulebook()
            ).state
        kept = state.events
        template = PersonSnapshot.encode(state)
        number = try CostLedger.place(of: Array(subject.text.utf8), in: template)
        let bytes = template
        ids = try kept.map { event in
            try CostLedger.place(of: withUnsafeBytes(of: event.id.uuid) { Array($0) }, in: bytes)
        }
    }

    private static func place(of bytes: [UInt8], in template: [UInt8]) throws -> Int {
        for start in 0...max(0, template.count - bytes.count)
        where template.count >= bytes.count && template[start..<start + bytes.count].elementsEqual(bytes) {
            return start + 1
        }
        throw CommandFailure(.internalError, "bench-cost: what is kept of a person has another form now")
    }

    /// Adds people until there are `size`.
    func fill(to size: Int) throws {
        let from: Int64 = try connection.query("select count(*)::int8 from person_state").only()[0]
        guard from < size else { return }
        let range = "generate_series(\(from), \(size - 1)) as i"
        let noms = CostLedger.nomsSQL
        try run(
            """
            insert into person (noms_number, name, date_of_birth, crn, postcode, address_status)
            select \(noms), 'Example Person', date '1985-01-01', 'Z' || lpad((i % 1000000)::text, 6, '0'),
                '\(CostLedger.home.outcode) 1CC', 'OWN' from \(range)
            """)
        var snapshot = "decode('\(CostLedger.hex(template))', 'hex')"
        snapshot = "overlay(\(snapshot) placing convert_to(\(noms), 'UTF8') from \(number))"
        for (index, place) in ids.enumerated() {
            snapshot = "overlay(\(snapshot) placing decode(\(CostLedger.idSQL(index)), 'hex') from \(place))"
        }
        try run("insert into person_state (noms, changes, snapshot) select \(noms), 1, \(snapshot) from \(range)")
        for (index, event) in kept.enumerated() {
            let value = CostLedger.hex(try EventEncoder.data(of: event))
            try run(
                """
                insert into event (event_id, subject, type, occurred_at, published_at, received_at, topic, partition,
                    "offset", digest, value, batch)
                select \(CostLedger.idSQL(index))::uuid, \(noms), '\(event.payload.type.rawValue)',
                    now() - interval '20 days', now() - interval '2 days', now() - interval '2 days', 'filled', 0,
                    i, decode(\(CostLedger.idSQL(index)), 'hex'), decode('\(value)', 'hex'), 0 from \(range)
                """)
        }
        try run("analyze person, person_state, event")
    }

    private func run(_ text: String) throws { try connection.execute("\(unsafeRaw: text)") }

    static let nomsSQL =
        "'Z' || lpad((i / 676)::text, 4, '0') || chr((65 + i / 26 % 26)::int) || chr((65 + i % 26)::int)"

    private static func idSQL(_ index: Int) -> String { "md5('person ' || i || ' event \(index)')" }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// One more event: a release is planned for the person, and both recipients are told.
    static func plan(of person: Int, id: UUID) -> Event {
        let at = Wall.now()
        var p = ReleasePlanned()
        p.plan = Label(unchecked: "p-\(person)")
        p.version = PlanVersion(unchecked: 1)
        p.fields.plannedDate = London.date(of: at).adding(days: 20)
        p.fields.releaseReason = .crd
        p.fields.prison = prison
        var address = ReleaseAddress()
        address.status = .own
        address.postcode = Postcode(unchecked: "\(home.outcode) 1CC")
        p.fields.address = address
        var supervision = Supervision()
        supervision.type = .licence
        supervision.allocation = .ps
        p.fields.supervision = supervision
        return Event(
            id: id, subject: NomsNumber(unchecked: noms(person)), occurredAt: at - .minutes(5), publishedAt: at,
            receivedAt: at, system: "nomis-feed", sourcePrison: prison, payload: .releasePlanned(p))
    }

    static func noms(_ i: Int) -> String {
        let digits = String(i / 676)
        let letters = [UInt8(65 + i / 26 % 26), UInt8(65 + i % 26)]
        return "Z" + String(repeating: "0", count: 4 - digits.count) + digits + String(decoding: letters, as: UTF8.self)
    }
}
