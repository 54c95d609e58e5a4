import EventContracts
import HTTPTypes
import Hummingbird
import NIOCore

/// An answer that is not what was asked for, as problem details (RFC 9457). It names field and rule, never a value.
struct Problem: Error, Sendable {
    var status: HTTPResponse.Status
    /// A stable word for programs: `FIELD_INVALID`, `TOKEN`, `BUSY` …
    var code: String
    /// What is wrong and what to do.
    var detail: String
    /// The field in question.
    var field: String?
    /// Seconds after which it may be tried again.
    var retryAfter: Int?

    init(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String, field: String? = nil, retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field
        self.retryAfter = retryAfter
    }

    /// What the decoder refused: `subject: must be …` names the field before the colon.
    init(_ rejection: Rejection) {
        let status: HTTPResponse.Status =
            switch rejection.reason {
            case .notEntitled: .forbidden
            case .tooLarge: .contentTooLarge
            default: .badRequest
            }
        let cut = rejection.detail.firstIndex(of: ":")
        self.init(
            status, rejection.reason.rawValue, rejection.detail, field: cut.map { String(rejection.detail[..<$0]) })
    }

    /// The same answer for what is not there and for what is somebody else's.
    static let notFound = Problem(.notFound, "NOT_FOUND", "there is nothing of yours here; check the id")
    static let token = Problem(
        .unauthorized, "TOKEN", "send a valid token as `Authorization: Bearer …`; it may be expired or revoked")
    static let scope = Problem(.forbidden, "SCOPE", "this token may not use this door")
    /// Somebody who has had a key is never shown anything in the clear.
    static let key = Problem(
        .serviceUnavailable, "KEY",
        "your registered public key cannot be used, so nothing is shown; ask the hub's operators to import it again",
        retryAfter: 60)
    static let unmeasured = Problem(
        .serviceUnavailable, "UNMEASURED", "the cluster has not answered lately; see /readyz", retryAfter: 5)
    static let busy = Problem(
        .serviceUnavailable, "BUSY", "too much at once, or a server is away; try again", retryAfter: 2)

    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("type")
        writer.string("about:blank")
        writer.name("title")
        writer.string(status.reasonPhrase)
        writer.name("status")
        writer.int(Int64(status.code))
        writer.name("code")
        writer.string(code)
        writer.name("detail")
        writer.string(detail)
        if let field {
            writer.name("field")
            writer.string(field)
        }
        writer.endObject()
    }

    var response: Response {
        var writer = JSONWriter()
        write(&writer)
        var response = Answer.bytes(status, "application/problem+json", writer.bytes)
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }
}

/// Answers as bytes. None of them may be kept by a cache on the way: they are about people.
enum Answer {
    static func json(_ bytes: [UInt8], _ status: HTTPResponse.Status = .ok) -> Response {
        Answer.bytes(status, "application/json", bytes)
    }

    static func bytes(_ status: HTTPResponse.Status, _ type: String, _ body: [UInt8]) -> Response {
        Response(
            status: status,
            headers: [.contentType: type, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
