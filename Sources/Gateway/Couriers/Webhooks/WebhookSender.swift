import AsyncHTTPClient
import Foundation
import HandoverRules
import NIOCore
import NIOPosix
import NIOSSL

/// One webhook as it leaves.
struct WebhookMessage: Sendable {
    /// `HANDOVERID/VERSION`, the same for ever.
    let id: String
    let body: [UInt8]
    let secrets: [WebhookSecret]
}

/// Sends to one receiver at addresses that were checked: the client connects to the checked address and to no other,
/// so a name that changes its meaning in between changes nothing. Certificates are verified for the name.
struct WebhookSender: Sendable {
    private let address: WebhookAddress
    private let clients: [HTTPClient]

    /// - Parameters:
    ///   - checked: what ``WebhookAddress/resolved(allowsPrivate:by:)`` gave. The first is tried, and one of the other
    ///     kind (IPv4, IPv6) where it cannot be connected to.
    ///   - trusted: a PEM file of authorities beside the system's.
    init(_ address: WebhookAddress, at checked: [String], trusting trusted: String? = nil) {
        self.address = address
        let first = checked.first
        let other = checked.first { $0.contains(":") != first?.contains(":") }
        clients = [first, other].compactMap { $0.map { WebhookSender.client(address.host, $0, trusted) } }
    }

    private static func client(_ host: String, _ numeric: String, _ trusted: String?) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: .seconds(CourierLimits.connectSeconds), read: .seconds(CourierLimits.sendSeconds),
                write: .seconds(CourierLimits.sendSeconds)))
        configuration.httpVersion = .http1Only
        configuration.decompression = .disabled
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.dnsOverride = [host: numeric]
        if let trusted {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.additionalTrustRoots = [.file(trusted)]
            configuration.tlsConfiguration = tls
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async {
        for client in clients { try? await client.shutdown() }
    }

    /// One attempt. Says what came of it; never throws, never follows, reads no more of the answer than it must.
    func send(_ message: WebhookMessage, now: HandoverRules.Instant) async -> WebhookAnswer {
        let seconds = now.microseconds / 1_000_000
        let signature = WebhookSecret.signatures(message.secrets, id: message.id, seconds: seconds, body: message.body)
        return await send(message, signature: signature, seconds: seconds)
    }

    /// One attempt with a signature that was made elsewhere.
    func send(_ message: WebhookMessage, signature: String, seconds: Int64) async -> WebhookAnswer {
        let request = prepared(message, signature, seconds)
        let deadline = NIODeadline.now() + .seconds(CourierLimits.sendSeconds)
        var answer = WebhookAnswer.failed(WebhookSender.notConnected)
        for client in clients {
            answer = await attempt(request, client, deadline)
            guard answer == .failed(WebhookSender.notConnected) else { break }
        }
        return answer
    }

    private func prepared(_ message: WebhookMessage, _ signature: String, _ seconds: Int64) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address.url)
        request.method = .POST
        request.headers = [
            "content-type": "application/cloudevents+json", "user-agent": "throughgate",
            "webhook-id": message.id, "webhook-timestamp": String(seconds),
            "webhook-signature": signature,
        ]
        request.body = .bytes(ByteBuffer(bytes: message.body))
        return request
    }

    private func attempt(
        _ request: HTTPClientRequest, _ client: HTTPClient, _ deadline: NIODeadline
    ) async -> WebhookAnswer {
        do {
            let answer = try await client.execute(request, deadline: deadline)
            let retryAfter = answer.headers.first(name: "retry-after").map { String($0.prefix(64)) }
            await drain(answer.body)
            return .status(Int(answer.status.code), retryAfter: retryAfter)
        } catch {
            return .failed(WebhookSender.code(error))
        }
    }

    /// The status is all that counts; what is longer or slower is cut off with its connection.
    private func drain(_ body: HTTPClientResponse.Body) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var read = 0
                do {
                    for try await part in body {
                        read += part.readableBytes
                        if read > CourierLimits.answerBytesMax { return }
                    }
                } catch {}
            }
            group.addTask { try? await Task.sleep(for: .seconds(CourierLimits.drainSeconds)) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Nothing was sent.
    private static let notConnected = "CONNECT"

    private static func code(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout: notConnected
            case .deadlineExceeded, .readTimeout, .writeTimeout, .tlsHandshakeTimeout: "TIMEOUT"
            default: "HTTP"
            }
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: "TLS"
        case is NIOConnectionError: notConnected
        case let error as IOError where error.errnoCode == ECONNREFUSED: notConnected
        default: "CLOSED"
        }
    }
}
