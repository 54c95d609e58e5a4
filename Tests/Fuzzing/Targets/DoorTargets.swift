import EventContracts
import Gateway
import HTTPTypes

/// What comes over HTTP before anybody decided anything.
enum DoorTargets {
    static let all = [
        FuzzTarget("http-event") { bytes in
            let input = HeadedBody(bytes)
            var fields = HTTPFields()
            for header in input.headers {
                guard let name = HTTPField.Name(header.name) else { continue }
                fields.append(HTTPField(name: name, value: String(decoding: header.value, as: UTF8.self)))
            }
            switch Result(catching: { try IngestRequest(fields, body: input.body) }) {
            case .failure(let error): return Marker.breach(inDetail: String(describing: error))
            case .success(.single(let record)): return EventTargets.breach(record)
            case .success(.batch(let records)): return records.lazy.compactMap(EventTargets.breach).first
            }
        },
        FuzzTarget("batch", breach: batch),
        FuzzTarget("form", breach: form),
        FuzzTarget("cursor") { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let cursor = FeedCursor(text, of: "prov-canary") else { return nil }
            guard cursor.text(of: "prov-canary") == text else { return "two texts are one cursor" }
            return FeedCursor(text, of: "prov-other") == nil ? nil : "a cursor of two recipients"
        },
    ]

    /// As many items as the array has elements, each of them a JSON text of its own.
    private static func batch(_ bytes: [UInt8]) -> String? {
        let items: [ArraySlice<UInt8>]
        do { items = try JSONItems.split(bytes) } catch { return Marker.breach(inDetail: String(describing: error)) }
        guard case .array(let elements)? = (try? JSONReader.read(bytes))?.root.content else {
            return "items of what is no array"
        }
        guard items.count == elements.count else { return "another number of items than elements" }
        return items.allSatisfy { (try? JSONReader.read(Array($0))) != nil } ? nil : "an item that is no JSON"
    }

    /// A field that is written again by the rules of the form is read as the same field.
    private static func form(_ bytes: [UInt8]) -> String? {
        let fields: FormFields
        do {
            fields = try FormFields(String(decoding: bytes, as: UTF8.self))
        } catch {
            return Marker.breach(inDetail: String(describing: error))
        }
        for name in ["note", "reason", "canary"] {
            let values = fields.all(name)
            let written = values.map { name + "=" + percentEncoded($0) }.joined(separator: "&")
            guard let again = try? FormFields(written) else { return "what was read cannot be written" }
            guard again.all(name) == values else { return "what was written is read as something else" }
        }
        return nil
    }

    private static func percentEncoded(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF")
        return text.utf8.map { "%\(hex[Int($0 >> 4)])\(hex[Int($0 & 15)])" }.joined()
    }
}
