/// One statement of a pipeline and what it means for the transaction.
struct PipelineStep {
    enum Role { case begin, work, commit, rollback }

    let sql: SQL
    let role: Role

    /// What is known when the pipeline fails at `failure` (`nil`: before any answer).
    ///
    /// - Parameters:
    ///   - answered: statements the server has answered successfully.
    ///   - connectionIsLost: whether the server may have gone on after we stopped hearing from it.
    ///   - openBefore: whether a transaction was open when the pipeline began.
    static func outcome(
        of steps: [PipelineStep], answered: Int, connectionIsLost: Bool, openBefore: Bool
    ) -> PostgresError.Outcome {
        let committed = steps.prefix(answered).contains { $0.role == .commit }
        guard connectionIsLost else { return committed ? .committed : .notCommitted }
        var open = openBefore
        for step in steps {
            switch step.role {
            case .begin: open = true
            case .commit: return .unknown
            case .rollback: open = false
            // Outside BEGIN … COMMIT the end of the pipeline is the commit.
            case .work: if !open { return .unknown }
            }
        }
        return .notCommitted
    }
}
