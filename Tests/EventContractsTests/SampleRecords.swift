import EventContracts
import Foundation
import HandoverRules

enum UUIDString {
    static func of(_ id: UUID) -> String { id.uuidString.lowercased() }
}

let otherID = "9a1c0e52-6d0b-4c7e-9f11-0d5c2b7a9e44"
let sampleID = "3f0e8a52-6d0b-4c7e-9f11-0d5c2b7a9e10"
let releaseData = #"{"releasedAt":"2026-06-05T09:15:00+01:00","prisonId":"MDI","place":"PRISON"}"#

/// A correct binary-mode record, to be spoiled by tests.
func sampleRecord(
    _ type: String = "release.actual", _ data: String = releaseData, time: String = "2026-06-05T09:15:00+01:00"
) -> InboundRecord {
    InboundRecord(
        topic: topics.releaseNotifications, partition: 3, offset: 41, timestampMilliseconds: 1_900_000_000_000,
        key: Array("Z1234BC".utf8), value: Array(data.utf8),
        headers: [
            RecordHeader("ce_specversion", "1.0"), RecordHeader("ce_id", sampleID),
            RecordHeader("ce_type", "throughgate.\(type).v1"),
            RecordHeader("ce_source", "/prisons/MDI/nomis-feed"), RecordHeader("ce_subject", "Z1234BC"),
            RecordHeader("ce_time", time), RecordHeader("ce_recordedtime", time),
            RecordHeader("content-type", "application/json"),
        ])
}

extension InboundRecord {
    mutating func set(_ header: String, _ value: String?) {
        headers.removeAll { $0.name == header }
        if let value { headers.append(RecordHeader(header, value)) }
    }

    func setting(_ header: String, _ value: String?) -> InboundRecord {
        var copy = self
        copy.set(header, value)
        return copy
    }

    func valued(_ value: [UInt8]?) -> InboundRecord {
        var copy = self
        copy.value = value
        return copy
    }

    func valued(_ text: String) -> InboundRecord { valued(Array(text.utf8)) }
}

/// The same event in structured mode, with members replaced or, by nil, left out.
func structured(_ changes: [String: String?] = [:], data: String? = releaseData) -> InboundRecord {
    var members: [(String, String)] = [
        ("specversion", "\"1.0\""), ("id", "\"\(sampleID)\""), ("type", "\"throughgate.release.actual.v1\""),
        ("source", "\"/prisons/MDI/nomis-feed\""), ("subject", "\"Z1234BC\""),
        ("time", "\"2026-06-05T09:15:00+01:00\""), ("recordedtime", "\"2026-06-05T09:15:00+01:00\""),
        ("datacontenttype", "\"application/json\""),
    ]
    if let data { members.append(("data", data)) }
    for (name, value) in changes {
        members.removeAll { $0.0 == name }
        if let value { members.append((name, value)) }
    }
    var record = sampleRecord().valued("{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}")
    record.headers = [RecordHeader("content-type", "application/cloudevents+json; charset=UTF-8")]
    return record
}
