package import EventContracts
import Foundation
package import HTTPTypes
import Hummingbird

/// A request of the CloudEvents HTTP binding, as records of the Kafka binding: the same attributes, the same bytes.
package enum IngestRequest {
    case single(InboundRecord)
    case batch([InboundRecord])

    private static let structured = "application/cloudevents+json"
    private static let batched = "application/cloudevents-batch+json"

    /// Which mode the headers announce, and how much body it may have.
    static func bytesMax(_ headers: HTTPFields) -> Int {
        mediaType(headers) == batched ? GatewayLimits.batchBytesMax : GatewayLimits.eventBytesMax
    }

    package init(_ headers: HTTPFields, body: [UInt8]) throws {
        switch IngestRequest.mediaType(headers) {
        case IngestRequest.structured: self = .single(IngestRequest.structuredRecord(body, headers))
        case IngestRequest.batched:
            let items = try JSONItems.split(body)
            guard items.count <= GatewayLimits.batchEventsMax else {
                throw Problem(
                    .contentTooLarge, "TOO_LARGE", "a batch holds at most \(GatewayLimits.batchEventsMax) events")
            }
            self = .batch(items.map { IngestRequest.structuredRecord(Array($0), headers) })
        case "application/json", "":
            let attributes = try IngestRequest.attributes(headers)
            guard !attributes.isEmpty else { throw IngestRequest.unsupported }
            let type = [RecordHeader("content-type", "application/json")]
            self = .single(IngestRequest.record(attributes + type + IngestRequest.trace(headers), body))
        default: throw IngestRequest.unsupported
        }
    }

    private static let unsupported = Problem(
        .unsupportedMediaType, "CONTENT_TYPE",
        "send a CloudEvent: ce-… headers with application/json, or \(structured), or \(batched)")

    private static func mediaType(_ headers: HTTPFields) -> String {
        let type = headers[.contentType] ?? ""
        return type.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
    }

    private static let named = [
        "specversion", "id", "type", "source", "subject", "time", "recordedtime", "sequence", "correctionof",
        "correctionkind", "traceparent",
    ]

    /// `ce-id` becomes `ce_id`; values are percent-encoded in HTTP (CloudEvents HTTP binding §3.1.3.2).
    private static func attributes(_ headers: HTTPFields) throws -> [RecordHeader] {
        try headers.compactMap { field in
            let name = field.name.canonicalName
            guard name.hasPrefix("ce-") else { return nil }
            guard let value = field.value.removingPercentEncoding else {
                // A name of the sender's own invention is not repeated: it could be anything.
                let known = named.first { name == "ce-" + $0 }
                throw Problem(
                    .badRequest, "MALFORMED", "\(known.map { "ce-" + $0 } ?? "ce-…"): must be percent-encoded UTF-8",
                    field: known)
            }
            return RecordHeader("ce_" + name.dropFirst(3), value)
        }
    }

    private static func structuredRecord(_ body: [UInt8], _ headers: HTTPFields) -> InboundRecord {
        record([RecordHeader("content-type", structured)] + trace(headers), body)
    }

    /// The request's own trace goes along; an event's attribute of that name comes before it.
    private static func trace(_ headers: HTTPFields) -> [RecordHeader] {
        guard let name = HTTPField.Name(TraceParent.name), let trace = headers[name].flatMap({ TraceParent($0.utf8) })
        else { return [] }
        return [RecordHeader(TraceParent.name, trace.text)]
    }

    private static func record(_ headers: [RecordHeader], _ value: [UInt8]) -> InboundRecord {
        InboundRecord(
            topic: "", partition: 0, offset: 0, timestampMilliseconds: 0, key: nil, value: value, headers: headers)
    }
}

/// The elements of a JSON array as the bytes in which they came.
package enum JSONItems {
    /// - Throws: a 400 for what is no JSON array.
    package static func split(_ text: [UInt8]) throws -> [ArraySlice<UInt8>] {
        let document: JSONDocument
        do throws(JSONProblem) {
            document = try JSONReader.read(text)
        } catch let problem {
            throw Problem(.badRequest, "MALFORMED", "body: \(problem.words)", field: "body")
        }
        guard case .array(let elements) = document.root.content else {
            throw Problem(.badRequest, "MALFORMED", "body: a batch must be a JSON array", field: "body")
        }
        return elements.isEmpty ? [] : items(text)
    }

    /// The text is known to be an array with elements: commas at depth 1 outside strings part them.
    private static func items(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        var items: [ArraySlice<UInt8>] = []
        var depth = 0
        var start = 0
        var isInString = false
        var at = 0
        while at < text.count {
            let byte = text[at]
            if isInString {
                if byte == UInt8(ascii: "\\") { at += 1 } else if byte == UInt8(ascii: "\"") { isInString = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInString = true
                case UInt8(ascii: "["), UInt8(ascii: "{"):
                    depth += 1
                    if depth == 1 { start = at + 1 }
                case UInt8(ascii: "]"), UInt8(ascii: "}"):
                    depth -= 1
                    if depth == 0 { items.append(text[start..<at]) }
                case UInt8(ascii: ",") where depth == 1:
                    items.append(text[start..<at])
                    start = at + 1
                default: break
                }
            }
            at += 1
        }
        return items
    }
}
