import FoundationEssentials
import HandoverRules

/// Writes records that a reader must refuse, each wrong in one way only. Written by hand and not through
/// EventContracts, whose writer cannot make a wrong record.
struct Malformation {
    /// Bigger than the 1 MiB that the hub reads and smaller than the 4 MiB that an inbound topic takes.
    static let tooLargeBytes = 2 << 20

    var noms: NomsNumber
    var prison: PrisonID
    var at: Instant
    var id: UUID

    func record(_ kind: MalformedKind) -> WrittenRecord {
        switch kind {
        case .notJSON: issue(body: "kit handed over, see paper form")
        case .truncatedJSON: issue(body: String(kitBody().dropLast(9)))
        case .nullValue: WrittenRecord(key: noms.text, headers: headers(kitType), value: nil)
        case .tooLarge: padded()
        case .unknownType: written("throughgate.thn.kit.counted.v1", body: kitBody())
        case .unknownVersion: written("throughgate.thn.kit.issued.v2", body: kitBody())
        case .unknownCode: issue(body: kitBody(issuePoint: "\"TROLLEY\""))
        case .wrongField: issue(body: kitBody(quantity: "7"))
        case .missingField: issue(body: kitBody(quantity: nil))
        case .naiveTime: written(kitType, body: kitBody(), time: naive)
        case .naiveFieldTime:
            written("throughgate.thn.kit.collected.v1", body: #"{"kitId":"\#(kitID)","collectedAt":"\#(naive)"}"#)
        case .badPrisonNumber: written(kitType, body: kitBody(), subject: noms.text + "9")
        case .missingRecordedTime:
            WrittenRecord(
                key: noms.text, headers: headers(kitType).filter { $0.name != "ce_recordedtime" },
                value: Array(kitBody().utf8))
        }
    }

    private var kitType: String { "throughgate.thn.kit.issued.v1" }
    private var kitID: String { "\(prison.text)-26-990001" }
    private var naive: String { String(RFC3339.utc(at).dropLast()) }

    private func issue(body: String) -> WrittenRecord { written(kitType, body: body) }

    private func written(
        _ type: String, body: String, subject: String? = nil, time: String? = nil
    ) -> WrittenRecord {
        WrittenRecord(
            key: noms.text, headers: headers(type, subject: subject, time: time), value: Array(body.utf8))
    }

    private func padded() -> WrittenRecord {
        var value = Array(kitBody().utf8)
        value.append(contentsOf: repeatElement(32, count: Malformation.tooLargeBytes - value.count))
        return WrittenRecord(key: noms.text, headers: headers(kitType), value: value)
    }

    private func headers(_ type: String, subject: String? = nil, time: String? = nil) -> [WrittenRecord.Header] {
        [
            .init("ce_specversion", "1.0"), .init("ce_id", id.uuidString.lowercased()), .init("ce_type", type),
            .init("ce_source", "/prisons/\(prison.text)/health-record"), .init("ce_subject", subject ?? noms.text),
            .init("ce_time", time ?? RFC3339.utc(at - .minutes(10))), .init("ce_recordedtime", RFC3339.utc(at)),
            .init("content-type", "application/json"),
        ]
    }

    private func kitBody(quantity: String? = "1", issuePoint: String = "\"GATE\"") -> String {
        let amount = quantity.map { #""quantity":\#($0),"# } ?? ""
        let expiry = London.date(of: at).adding(days: 700)
        return #"{"kitId":"\#(kitID)","product":"NYXOID_NASAL_1_8MG","batchNo":"NX4471","expiryDate":"\#(expiry)","#
            + amount + #""issuePoint":\#(issuePoint),"supplierRole":"NURSE","supplierTrainingConfirmed":true,"#
            + #""authority":"PGD"}"#
    }
}
