import ExactlyOnceKafka
import Foundation
import HandoverRules
import Postgres

/// The projector's thread in the hub: keeps the record tables level while the recorder rests, and takes one bounded
/// step every few seconds while it is busy.
///
/// What goes wrong here is logged and tried again: reports may lag, handovers never wait for them.
struct ProjectionStage {
    private let hub: Hub
    private let parts: HubParts

    init(_ hub: Hub, _ parts: HubParts) {
        self.hub = hub
        self.parts = parts
    }

    func run() {
        var projector: RecordProjector?
        var last = ContinuousClock.now
        while !hub.isEnding {
            let isOverdue = ContinuousClock.now - last >= HubLimits.recordPatience
            if parts.flight.isEmpty || isOverdue {
                do {
                    let working =
                        try projector ?? RecordProjector(hub.settings.postgres, rules: hub.settings.rules)
                    projector = working
                    let step = try working.step()
                    last = ContinuousClock.now
                    tell(step)
                    if !step.isIdle, parts.flight.isEmpty { continue }
                } catch {
                    projector = nil
                    tell(error)
                    rest(HubLimits.recordPatience)
                }
            }
            rest(HubLimits.recordTick)
        }
    }

    private func tell(_ step: RecordProjector.Step) {
        hub.status.recorded(step)
        for fault in step.faults {
            hub.log.error(
                "record tables refuse a person's rows",
                metadata: ["code": "\(fault.code)", "constraint": "\(fault.constraint)"])
        }
    }

    /// A server that is away is the recorder's to tell.
    private func tell(_ error: any Error) {
        if let error = error as? PostgresError, error.recovery == .retry { return }
        let code = (error as? PostgresError)?.code ?? "\(type(of: error))"
        hub.log.error("record tables wait", metadata: ["code": "\(code)"])
    }

    private func rest(_ span: Duration) {
        let end = Date(timeIntervalSinceNow: span.seconds)
        while !hub.isEnding, Date() < end { Thread.sleep(forTimeInterval: 0.05) }
    }
}
