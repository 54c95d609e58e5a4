/// Where events enter inbound topics: an ``EventProducer`` in the program, the broker model in simulations.
public protocol EventEntrance: Sendable {
    /// Writes every message and waits until each is kept or has failed. One result for each message, in order. A
    /// failure may hide a message that is kept all the same: whoever sends it again must expect it twice.
    func send(_ messages: [OutboundMessage]) -> [Delivery]
}

extension EventProducer: EventEntrance {}
