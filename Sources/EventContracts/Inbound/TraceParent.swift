/// The `traceparent` of W3C Trace Context, with which a caller's tracing system finds what became of its request.
///
/// Carried on as it came, from the event that caused a handover or task to every version it caused; stored with it, so
/// that a redelivery has the same bytes. `tracestate` is not carried: it is free text, and a person could stand in it.
public struct TraceParent: Sendable, Hashable {
    /// 55 characters: version, trace id, parent id and flags in lower-case hexadecimal, with hyphens between them.
    public let text: String

    /// The name of the header, without `ce_`, and of the CloudEvents attribute (its distributed tracing extension).
    public static let name = "traceparent"

    /// nil for what is no traceparent, which is as if there were none (W3C Trace Context §4.3): tracing never decides
    /// whether an event is taken. Of a later version of the format the part that version 00 knows is carried on.
    public init?(_ bytes: some Collection<UInt8>) {
        let known = bytes.prefix(TraceParent.length)
        guard known.count == TraceParent.length else { return nil }
        let isFirstVersion = known.starts(with: "00-".utf8)
        if bytes.count > TraceParent.length {
            let next = bytes[bytes.index(bytes.startIndex, offsetBy: TraceParent.length)]
            guard !isFirstVersion, next == UInt8(ascii: "-") else { return nil }
        }
        var parts: [[UInt8]] = [[]]
        for byte in known {
            switch byte {
            case UInt8(ascii: "-"): parts.append([])
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"):
                parts[parts.count - 1].append(byte)
            default: return nil
            }
        }
        guard parts.map(\.count) == [2, 32, 16, 2], parts[0] != Array("ff".utf8) else { return nil }
        let isZero = { (part: [UInt8]) in part.allSatisfy { $0 == UInt8(ascii: "0") } }
        guard !isZero(parts[1]), !isZero(parts[2]) else { return nil }
        text = "00" + String(decoding: known.dropFirst(2), as: UTF8.self)
    }

    private static let length = 55
}

extension TraceParent {
    /// Of a record's headers: the CloudEvents attribute, or else what a tracing library of the producer added.
    init?(headers: [RecordHeader]) {
        var plain: TraceParent?
        for header in headers {
            guard let value = header.value else { continue }
            if header.name == "ce_traceparent", let trace = TraceParent(value) {
                self = trace
                return
            }
            if header.name == TraceParent.name { plain = TraceParent(value) }
        }
        guard let plain else { return nil }
        self = plain
    }
}
