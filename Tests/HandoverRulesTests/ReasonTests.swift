import HandoverRules
import Testing

@Suite("rules: reasons in words") struct ReasonTests {
    @Test("every code has words of its own, and a code of nothing has none")
    func words() {
        let all = Reason.allCases.map(\.words) + TaskCode.allCases.map(\.words)
        #expect(Set(all).count == all.count)
        #expect(all.allSatisfy { !$0.isEmpty })
        for reason in Reason.allCases { #expect(Reason.words(of: reason.rawValue) == reason.words) }
        for code in TaskCode.allCases { #expect(Reason.words(of: code.rawValue) != nil) }
        #expect(Reason.words(of: "NO_SUCH_CODE") == nil)
    }

    @Test("a state of a handover without a thread is what its outcome says")
    func states() {
        #expect(ThreadState(nil) == .none)
        func state(_ state: Outcome.State) -> ThreadState {
            ThreadState(Outcome(spell: World.uuid(1), scope: .drugService, state: state, reason: "", released: true))
        }
        #expect(state(.suppressed) == .suppressed)
        #expect(state(.queued) == .queued)
        #expect(state(.humanQueue) == .queued)
        #expect(state(.sent) == .sent)
        #expect(state(.stoodDown) == .stoodDown)
    }
}
