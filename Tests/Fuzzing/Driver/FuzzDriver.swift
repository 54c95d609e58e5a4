import CLibFuzzer
import Foundation
import FuzzTargets

/// libFuzzer over one target: THROUGHGATE_FUZZ_TARGET names it, the arguments are libFuzzer's own. Built by
/// `make fuzz` alone.
@main
enum FuzzDriver {
    static let target: FuzzTarget = {
        let name = ProcessInfo.processInfo.environment["THROUGHGATE_FUZZ_TARGET"] ?? ""
        guard let target = FuzzTarget.named(name) else {
            print(FuzzTarget.all.map(\.name).joined(separator: " "))
            exit(name.isEmpty ? 0 : 64)
        }
        return target
    }()

    static func main() {
        _ = target
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { bytes, size in
                let input = Array(UnsafeBufferPointer(start: bytes, count: size))
                if let breach = FuzzDriver.target.breach(input) { fatalError(breach) }
                return 0
            })
    }
}
