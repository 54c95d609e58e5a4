import Foundation
import HandoverPipeline
import Synchronization

/// Sends webhooks to one receiver as the courier does, and spoiled on purpose: for `throughgate conformance`. Private
/// addresses and plain http are allowed: a receiver is tried where it is made.
public final class WebhookTrial: Sendable {
    /// What is wrong with a message, each alone.
    public enum Spoiled: Sendable, Hashable, CaseIterable {
        /// Signed as another message.
        case signature
        /// Changed after it was signed.
        case body
        /// Signed with a secret that the receiver does not have.
        case secret
        /// Signed ten minutes ago: twice what the convention's packages allow.
        case past
        /// Signed ten minutes from now.
        case future
    }

    /// As its receiver keeps it: `whsec_…`.
    public var secretText: String { secret.text }

    private let secret = WebhookSecret.fresh()
    private let sender: WebhookSender

    private static let spoiledSeconds: Int64 = 600

    /// Resolves the name: blocks.
    /// - Throws: ``WebhookAddress/Refusal`` for a URL that no webhook can have.
    public init(url: String) throws(WebhookAddress.Refusal) {
        let address = try WebhookAddress(url, allowsPrivate: true)
        sender = WebhookSender(address, at: try address.resolved(allowsPrivate: true))
    }

    /// One attempt; blocks up to ``CourierLimits/sendSeconds``, so never on a thread of Swift's own pool.
    ///
    /// - Parameter id: `HANDOVERID/VERSION`.
    public func send(id: String, event: String, spoiled: Spoiled? = nil) -> WebhookAnswer {
        let now = MachineClock.now().microseconds / 1_000_000
        let seconds =
            switch spoiled {
            case .past: now - WebhookTrial.spoiledSeconds
            case .future: now + WebhookTrial.spoiledSeconds
            default: now
            }
        let signature = WebhookSecret.signatures(
            [spoiled == .secret ? .fresh() : secret], id: spoiled == .signature ? id + "0" : id, seconds: seconds,
            body: Array(event.utf8))
        let body = spoiled == .body ? event.replacing("\"P1\"", with: "\"P3\"") : event
        let message = WebhookMessage(id: id, body: Array(body.utf8), secrets: [])
        return blocking { await $0.send(message, signature: signature, seconds: seconds) }
            ?? .failed("CLOSED")
    }

    /// Closes its connections; blocks.
    public func close() { blocking { await $0.close() } }

    @discardableResult
    private func blocking<Value: Sendable>(_ body: @escaping @Sendable (WebhookSender) async -> Value) -> Value? {
        let box = Box<Value>()
        let ended = DispatchSemaphore(value: 0)
        Task { [sender] in
            let value = await body(sender)
            box.value.withLock { $0 = value }
            ended.signal()
        }
        ended.wait()
        return box.value.withLock { $0 }
    }

    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }
}
