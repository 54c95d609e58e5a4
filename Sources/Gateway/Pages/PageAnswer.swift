import Crypto
import EventContracts
import HTTPTypes
import Hummingbird
import NIOCore

/// Pages as answers, with the headers that keep a browser from doing more than showing them.
enum PageAnswer {
    /// Nothing but our own style sheet and pictures; forms go back here; no frame may hold a page.
    static let policy = """
        default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; \
        base-uri 'none'
        """

    static func html(_ text: String, _ status: HTTPResponse.Status, isTLS: Bool) -> Response {
        var response = Answer.bytes(status, "text/html; charset=utf-8", Array(text.utf8))
        protect(&response, isTLS: isTLS)
        return response
    }

    /// After a form: the browser asks for the page anew, so that going back or reloading sends nothing twice.
    static func seeOther(_ path: String, isTLS: Bool) -> Response {
        var response = Answer.bytes(.seeOther, "text/html; charset=utf-8", [])
        response.headers[.location] = path
        protect(&response, isTLS: isTLS)
        return response
    }

    private static func protect(_ response: inout Response, isTLS: Bool) {
        response.headers[.contentSecurityPolicy] = policy
        response.headers[.referrerPolicy] = "no-referrer"
        response.headers[.frameOptions] = "DENY"
        response.headers[.openerPolicy] = "same-origin"
        if isTLS { response.headers[.strictTransportSecurity] = "max-age=31536000" }
    }

    /// The style sheet and the mark: the same for everybody and for ever under their address.
    static func asset(_ bytes: [UInt8], _ type: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: type, .cacheControl: "public, max-age=31536000, immutable",
                .xContentTypeOptions: "nosniff", .contentSecurityPolicy: policy,
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Changes with the style sheet, so that a browser never shows a page with an older one.
    static let stylesPath: String = {
        let digest = Array(SHA256.hash(data: PackageResources.throughgate_css).prefix(9))
        return "/pages/throughgate.css?v=" + Base64URL.encode(digest)
    }()
}

extension HTTPField.Name {
    // The texts are header names.
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    fileprivate static let frameOptions = HTTPField.Name("X-Frame-Options")!
    fileprivate static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
}
