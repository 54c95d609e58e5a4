import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// Hands one mail to a relay: the shell around ``SMTPDialogue``. Bounded in time and in what it reads; certificates are
/// verified for the relay's name.
struct SMTPClient: Sendable {
    let relay: MailRelay

    /// Never throws: whatever goes wrong is an outcome.
    func send(_ notice: some MailLetter) async -> MailOutcome {
        let group = MultiThreadedEventLoopGroup.singleton
        let promise = group.any().makePromise(of: MailOutcome.self)
        let dialogue = SMTPDialogue(
            relay, from: notice.from, to: notice.to, isLoopback: !relay.needsTLS)
        let (host, text) = (relay.host, SMTPDialogue.stuffed(notice.text))
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            if let trusted = relay.trustedCertificates { configuration.additionalTrustRoots = [.file(trusted)] }
            let context = try NIOSSLContext(configuration: configuration)
            let channel = try await ClientBootstrap(group: group)
                .connectTimeout(.seconds(CourierLimits.sendSeconds))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            SMTPHandler(dialogue, text: text, host: host, context: context, promise: promise))
                    }
                }
                .connect(host: host, port: relay.port).get()
            let timer = channel.eventLoop.scheduleTask(in: .seconds(CourierLimits.mailSeconds)) {
                channel.close(promise: nil)
            }
            let outcome = try await promise.futureResult.get()
            timer.cancel()
            return outcome
        } catch {
            promise.succeed(.refused("CONNECT"))
            return .refused("CONNECT")
        }
    }
}

/// Takes replies apart and does what the dialogue says.
private final class SMTPHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var dialogue: SMTPDialogue
    private let text: String
    private let host: String
    private let context: NIOSSLContext
    private let promise: EventLoopPromise<MailOutcome>
    private var buffer = ByteBuffer()
    private var lines: [String] = []
    private var isOver = false

    init(
        _ dialogue: SMTPDialogue, text: String, host: String, context: NIOSSLContext,
        promise: EventLoopPromise<MailOutcome>
    ) {
        self.dialogue = dialogue
        self.text = text
        self.host = host
        self.context = context
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var incoming = unwrapInboundIn(data)
        buffer.writeBuffer(&incoming)
        guard buffer.readableBytes + lines.reduce(0, { $0 + $1.utf8.count }) <= CourierLimits.replyBytesMax else {
            return end(.refused("PROTOCOL"), context)
        }
        while !isOver, let line = nextLine() {
            guard line.utf8.count >= 3, let code = Int(line.prefix(3)), (200..<600).contains(code) else {
                return end(.refused("PROTOCOL"), context)
            }
            lines.append(String(line.dropFirst(4)))
            guard line.dropFirst(3).first != "-" else { continue }
            let reply = lines
            lines = []
            act(dialogue.received(code, reply), context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { end(.refused("CLOSED"), context) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(
            .refused(error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError ? "TLS" : "CONNECT"),
            context)
    }

    private func nextLine() -> String? {
        guard let end = buffer.readableBytesView.firstIndex(of: 10) else { return nil }
        let count = end - buffer.readerIndex + 1
        let line = buffer.readString(length: count) ?? ""
        return line.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func act(_ action: SMTPDialogue.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .say(let line): write(line + "\r\n", context)
        case .content: write(text, context)
        case .startTLS(let line):
            // What came in the clear behind the reply was put there by somebody else.
            guard buffer.readableBytes == 0, let handler = tls() else { return end(.refused("TLS"), context) }
            do {
                try context.pipeline.syncOperations.addHandler(handler, position: .first)
            } catch {
                return end(.refused("TLS"), context)
            }
            write(line + "\r\n", context)
        case .end(let outcome): end(outcome, context)
        }
    }

    /// nil for a name that cannot be verified. An address in digits is verified as such.
    private func tls() -> NIOSSLClientHandler? {
        let isDigits = (try? SocketAddress(ipAddress: host, port: 25)) != nil
        return try? NIOSSLClientHandler(context: self.context, serverHostname: isDigits ? nil : host)
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    private func end(_ outcome: MailOutcome, _ context: ChannelHandlerContext) {
        guard !isOver else { return }
        isOver = true
        promise.succeed(outcome)
        if case .taken = outcome { write("QUIT\r\n", context) }
        context.close(promise: nil)
    }
}
