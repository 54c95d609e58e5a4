import Mustache

/// A template by its name: a file of `Pages/Templates` without its ending. Every template stands in ``all``; one may
/// show another one by `{{> name}}`.
struct PageTemplate: Sendable, Hashable {
    let name: String

    private init(_ name: String) { self.name = name }

    static let frame = PageTemplate("frame")
    static let problem = PageTemplate("problem")
    static let signIn = PageTemplate("signIn")
    static let home = PageTemplate("home")
    static let lag = PageTemplate("lag")
    static let risk = PageTemplate("risk")
    static let rejected = PageTemplate("rejected")
    static let rejectedRecord = PageTemplate("rejectedRecord")
    static let redrive = PageTemplate("redrive")
    static let discard = PageTemplate("discard")
    static let audit = PageTemplate("audit")
    static let opsTasks = PageTemplate("opsTasks")
    static let opsTask = PageTemplate("opsTask")
    static let report = PageTemplate("report")
    static let flow = PageTemplate("flow")
    static let inbox = PageTemplate("inbox")
    static let handover = PageTemplate("handover")
    static let ownTasks = PageTemplate("ownTasks")
    static let gate = PageTemplate("gate")

    /// The bytes that the build put into the program.
    private static let all: [(name: String, text: [UInt8])] = [
        ("frame", PackageResources.frame_mustache), ("problem", PackageResources.problem_mustache),
        ("signIn", PackageResources.signIn_mustache),
        ("home", PackageResources.home_mustache), ("lag", PackageResources.lag_mustache),
        ("form", PackageResources.form_mustache), ("errors", PackageResources.errors_mustache),
        ("marked", PackageResources.marked_mustache), ("risk", PackageResources.risk_mustache),
        ("rejected", PackageResources.rejected_mustache),
        ("rejectedRecord", PackageResources.rejectedRecord_mustache),
        ("redrive", PackageResources.redrive_mustache),
        ("discard", PackageResources.discard_mustache),
        ("audit", PackageResources.audit_mustache),
        ("opsTasks", PackageResources.opsTasks_mustache),
        ("opsTask", PackageResources.opsTask_mustache),
        ("report", PackageResources.report_mustache),
        ("flow", PackageResources.flow_mustache),
        ("inbox", PackageResources.inbox_mustache), ("handover", PackageResources.handover_mustache),
        ("ownTasks", PackageResources.ownTasks_mustache), ("gate", PackageResources.gate_mustache),
    ]

    /// Values are escaped wherever a template says `{{name}}`. Strings may use `{{{name}}}` in `frame` alone, for the
    /// page that was rendered before.
    func render(_ values: Any) -> String {
        PageTemplate.library.render(values, withTemplate: name) ?? ""
    }

    private static let library: MustacheLibrary = {
        MustacheContentTypes.register(EscapedHTML(), named: "PAGE")
        var library = MustacheLibrary()
        for (name, text) in all {
            do {
                // Every template begins with the escaping, for a partial begins without one.
                try library.register("{{% CONTENT_TYPE: PAGE }}" + String(decoding: text, as: UTF8.self), named: name)
            } catch {
                // The text is part of the program: the first test that renders a page meets this.
                preconditionFailure("the template \(name) cannot be read: \(error)")
            }
        }
        return library
    }()
}

/// Escapes by byte. The library's own way goes by character and lets `"` pass when a combining mark follows it.
private struct EscapedHTML: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
            case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
            case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
            case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
            case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
