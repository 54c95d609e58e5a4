import Foundation
import Gateway
import HandoverRules
import Postgres

/// A handover version as a test wants it in somebody's inbox.
struct SeededHandover {
    var name = "Sam Example"
    var priority = 1
    var kind = "RELEASED"
    var version = 1
    /// Minutes from now.
    var dueIn = 60.0
    var office: String?
    var actions = ["SUPPLY_KIT_24H", "COMPLETE_TRAINING"]
    var messages = ["KM-02", "KM-03"]
    var id = UUID()
    /// Of a version that stops it.
    var reason: String?

    static func stop(_ id: UUID, version: Int, reason: String) -> SeededHandover {
        SeededHandover(kind: "STOOD_DOWN", version: version, id: id, reason: reason)
    }

    fileprivate var body: String {
        let id = id.uuidString.lowercased()
        if let reason {
            return #"{"handoverId":"\#(id)","version":\#(version),"kind":"STOOD_DOWN","reason":"\#(reason)"}"#
        }
        let object: [String: Any] = [
            "handoverId": id, "version": version, "kind": kind, "priority": "P\(priority)",
            "person": ["name": name, "dob": "1989-02-11", "noms": "Z1234BC", "postcode": "LS9 7FL", "nfa": true],
            "release": ["at": "2026-06-05T09:15:00+01:00", "prison": "MDI", "class": "UNPLANNED"]
                .merging(office.map { ["officeCode": $0] } ?? [:]) { $1 },
            "thn": ["kitAtRelease": "NO", "trained": "PARTIAL", "elements": ["T1"], "refusal": ["NEEDLE_FEAR"]],
            "risk": ["NFA"], "actions": actions, "keyMessages": messages, "dq": [],
            "say": [
                "catalogue": "test", "KM-02": "Your tolerance is lower now.", "KM-02.cy": "Geiriau Cymraeg.",
                "KM-03": "The first two weeks out are the riskiest.",
                "SUPPLY_KIT_24H": "Supply a naloxone kit within 24 hours.",
                "COMPLETE_TRAINING": "Complete the overdose and naloxone training.",
            ],
        ]
        let bytes = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension DoorBed {
    /// Records and publishes a version.
    @discardableResult
    func seed(_ handover: SeededHandover, to recipient: String, offset: Int64) throws -> UUID {
        try lease(partition: 0, publishedThrough: 1_000_000)
        let event = UUID()
        try connection.execute(
            """
            insert into event (event_id, subject, type, occurred_at, published_at, received_at, topic, partition,
                "offset", digest, value, batch)
            values (\(event), 'Z1234BC', 'release.actual', now(), now(), now(), \(topics.releaseNotifications), 0,
                \(offset), '\\x00', '\\x7b7d', nextval('event_batch'))
            """)
        let priority = handover.reason == nil ? Int16(handover.priority) : nil
        try connection.execute(
            """
            insert into message (stream_id, version, caused_by, subject, spell, kind, recipient_kind, recipient_id,
                priority, sent_at, ack_due_at, topic, headers, body, held)
            values (\(handover.id), \(Int32(handover.version)), \(event), 'Z1234BC', \(handover.id), \(handover.kind),
                'drug-service', \(recipient), \(priority), now(),
                now() + make_interval(secs => \(handover.dueIn * 60)), \(topics.prefix + "handover." + recipient),
                '\\x', \(Array(handover.body.utf8)), false)
            """)
        return handover.id
    }

    /// Waits until the doors show as many versions.
    func shown(_ count: Int64) async throws {
        let deadline = Date(timeIntervalSinceNow: 20)
        while try connection.query("select count(*) from door_item").only()[0] as Int64 != count {
            guard Date() < deadline else { throw NotShown() }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    struct NotShown: Error {}
}
