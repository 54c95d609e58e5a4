import Foundation

/// Hands one mail to a program that takes messages as sendmail does. Blocks until it ends, for a bounded time.
struct Sendmail: Sendable {
    let path: String

    /// The addresses are arguments of their own and cannot be options (``MailAddress``); no shell is between.
    func send(_ notice: some MailLetter) -> MailOutcome {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = ["-i", "-f", notice.from.text, "--", notice.to.text]
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"]
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        do {
            try process.run()
        } catch {
            return .refused("SENDMAIL_START")
        }
        // Smaller than a pipe: this never waits for the program to read.
        try? input.fileHandleForWriting.write(contentsOf: Data(notice.text.replacing("\r\n", with: "\n").utf8))
        try? input.fileHandleForWriting.close()
        guard ended.wait(timeout: .now() + .seconds(Int(CourierLimits.mailSeconds))) == .success else {
            kill(process.processIdentifier, SIGKILL)
            return .refused("TIMEOUT")
        }
        let isGood = process.terminationReason == .exit && process.terminationStatus == 0
        return isGood ? .taken : .refused("SENDMAIL_\(process.terminationStatus)")
    }
}
