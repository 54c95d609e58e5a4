import Foundation
import FuzzTargets
import Testing

@Suite("rules: decoders of outside bytes hold whatever comes")
struct FuzzTargetTests {
    /// The coverage-guided search is `make fuzz`; this is what every test run repeats of it.
    private static let inputs =
        ProcessInfo.processInfo.environment["THROUGHGATE_FUZZ_INPUTS"].flatMap(Int.init) ?? usual
    #if DEBUG
        private static let usual = 2_000
    #else
        private static let usual = 20_000
    #endif
    private static let seed = ProcessInfo.processInfo.environment["THROUGHGATE_SEED"].flatMap(UInt64.init) ?? 20_261_123

    @Test("every target has a corpus of small inputs, and every corpus a target")
    func corpora() throws {
        #expect(try Corpus.folders() == FuzzTarget.all.map(\.name).sorted())
        for target in FuzzTarget.all {
            let inputs = try Corpus.inputs(of: target.name)
            #expect(inputs.count >= 5, "\(target.name)")
            for input in inputs { #expect(input.bytes.count <= 16 << 10, "\(target.name)/\(input.file)") }
        }
    }

    @Test("what the corpus holds, and what is made from it, breaks no law", arguments: FuzzTarget.all.map(\.name))
    func seeded(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let corpus = try Corpus.inputs(of: name)
        for input in corpus {
            if let breach = target.breach(input.bytes) { Issue.record("\(name)/\(input.file): \(breach)") }
        }
        let parts = corpus.map(\.bytes)
        var mutator = Mutator(seed: Self.seed)
        let started = ContinuousClock.now
        for count in 0..<Self.inputs {
            let input = mutator.input(from: parts)
            guard let breach = target.breach(input) else { continue }
            Issue.record("\(name), seed \(Self.seed), input \(count): \(breach): \(Data(input).base64EncodedString())")
            return
        }
        // Far above what a slow machine needs; an input that costs more than its size shows here.
        #expect(ContinuousClock.now - started < .milliseconds(2) * Self.inputs, "\(name), seed \(Self.seed)")
    }

    @Test("a law that is broken is noticed: a detail that repeats what it was given")
    func noticed() {
        #expect(Marker.breach(inDetail: "subject: must be a prison number") == nil)
        #expect(Marker.breach(inDetail: "subject: Canary is no prison number") != nil)
        #expect(Marker.breach(inDetail: "subject: z9876qx is unknown") != nil)
        #expect(Marker.breach(inDetail: "") != nil && Marker.breach(inDetail: "a\nb") != nil)
    }
}
