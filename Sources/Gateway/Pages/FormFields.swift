import FoundationEssentials
import Hummingbird

/// What a form sent: `application/x-www-form-urlencoded`, small and with few fields.
package struct FormFields: Sendable {
    private var values: [String: [String]] = [:]

    /// - Throws: a 415 for anything but a form, a 400 for one that cannot be read, a 413 for a large one.
    init(_ request: Request) async throws {
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased()
        guard type == "application/x-www-form-urlencoded" else {
            throw Problem(.unsupportedMediaType, "CONTENT_TYPE", "this address takes forms of its own page only")
        }
        let buffer = try await request.body.collect(upTo: GatewayLimits.replyBytesMax)
        try self.init(String(decoding: buffer.readableBytesView, as: UTF8.self))
    }

    package init(_ text: String) throws {
        let pairs = text.split(separator: "&")
        guard pairs.count <= GatewayLimits.formFieldsMax else { throw FormFields.unreadable }
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = try FormFields.decode(parts.count > 1 ? parts[1] : "")
            values[try FormFields.decode(parts[0]), default: []].append(value)
        }
    }

    /// A field's text without white space around it; nil where it is absent or empty.
    subscript(_ name: String) -> String? { all(name).first }

    /// Every text of fields of that name: the boxes that were ticked.
    package func all(_ name: String) -> [String] { (values[name] ?? []).filter { !$0.isEmpty } }

    private static let unreadable = Problem(.badRequest, "MALFORMED", "the form cannot be read; open the page again")

    private static func decode(_ text: Substring) throws -> String {
        guard let value = text.replacing("+", with: " ").removingPercentEncoding else { throw unreadable }
        // A byte order mark is not there to the eye, and percent-decoding takes a first one off or leaves it.
        func isBlank(_ character: Character) -> Bool { character.isWhitespace || character == "\u{FEFF}" }
        let trimmed = value.drop(while: isBlank)
        guard let last = trimmed.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(trimmed[...last])
    }
}

/// What is wrong with a field of a form; the summary at the top of the page links to it.
struct FieldError: Sendable, Hashable {
    /// The id of the input.
    let field: String
    /// What to do.
    let message: String
}
