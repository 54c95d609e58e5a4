import ArgumentParser
import Foundation
import LocalServers

/// One program of the comparison, running: its marks and what it uses.
final class PeerProgram {
    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case hub, python, floor
        /// The hub with everything on that watches it.
        case watched

        /// Those that are compared with one another.
        static let compared: [Kind] = [.hub, .python, .floor]

        /// As tables name it.
        var title: String {
            switch self {
            case .hub: "Throughgate"
            case .python: "Python"
            case .floor: "C floor"
            case .watched: "Throughgate, watched"
            }
        }

        /// The database that it begins with a copy of.
        var template: String { isHub ? "throughgate" : "peers" }

        var isHub: Bool { self == .hub || self == .watched }
    }

    let kind: Kind
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let started: Date
    private var heard = ""

    /// Where `scripts/bench.sh` puts the compiled floor and the Python environment.
    static func folder() throws -> URL { try ServerFolder.home().appendingPathComponent("bench") }

    init(_ kind: Kind, settings: [String: String]) throws {
        self.kind = kind
        let folder = try PeerProgram.folder()
        switch kind {
        case .hub, .watched:
            process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            process.arguments = ["bench-hub"] + (kind == .watched ? ["--watched"] : [])
        case .python:
            process.executableURL = folder.appendingPathComponent("python/bin/python")
            process.arguments = ["-I", "Tests/Benchmarks/peer.py"]
        case .floor:
            process.executableURL = folder.appendingPathComponent("floor")
        }
        process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
        process.standardInput = input
        process.standardOutput = output
        started = Date()
        try process.run()
    }

    /// Waits for a line that begins with `mark` and gives back its time.
    func wait(for mark: String, atMost seconds: Double) throws -> Date {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while true {
            for line in heard.split(separator: "\n") where line.hasPrefix(mark + " ") {
                if let time = Double(line.dropFirst(mark.count + 1)) { return Date(timeIntervalSince1970: time) }
            }
            var ready = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            let left = deadline.timeIntervalSinceNow
            guard left > 0, poll(&ready, 1, Int32(left * 1_000)) > 0 else {
                throw CommandFailure(.internalError, "\(kind.title) did not say \(mark) in \(Int(seconds)) s")
            }
            let bytes = output.fileHandleForReading.availableData
            guard !bytes.isEmpty else { throw CommandFailure(.internalError, "\(kind.title) ended early") }
            heard += String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Seconds from its start to its first record.
    func startUp(first: Date) -> Double { first.timeIntervalSince(started) }

    /// Seconds of processor time so far.
    var processor: Double { Processor.spent(by: process.processIdentifier) }

    /// Largest resident memory so far, MiB.
    var peakMebibytes: Double {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } ?? 0) / 1024
    }

    /// SIGKILL, as something that ends its process from inside would.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Ends it: its standard input ends, and after a while it is killed.
    func end() {
        try? input.fileHandleForWriting.close()
        let deadline = Date(timeIntervalSinceNow: 5)
        while process.isRunning, Date() < deadline { Thread.sleep(forTimeInterval: 0.02) }
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }
}
