package import ExactlyOnceKafka

/// The calls of a client that a simulation can interfere with.
package enum ModelCall: String, Sendable, CaseIterable {
    case initialise, produce, sendOffsets, commit, abort, poll, committedOffsets, enter
}

/// What happens to a call besides what it asks for.
package enum ModelFault: Sendable, Equatable {
    /// It has no effect and fails with this error.
    case refused(KafkaError)
    /// It takes effect, but the client never hears: `_TIMED_OUT`, retriable.
    case answerLost
    /// It never arrives: `_TIMED_OUT`, retriable.
    case requestLost
    /// The client hears `_TIMED_OUT`; the request arrives that much later, whatever has begun since.
    case delayed(Duration)
}

/// One process as the cluster sees it. When it is dead nothing it asks for happens, although its code may still run:
/// the same as a process that was killed, seen from outside.
package final class ModelClient: BrokerClients, EventEntrance, @unchecked Sendable {
    package let name: String
    package let cluster: ModelCluster
    package private(set) var isDead = false
    /// Frozen: alive, but saying nothing, until it is thawed.
    package var isFrozen = false
    private var consumers: [ModelConsumer] = []

    init(name: String, cluster: ModelCluster) {
        self.name = name
        self.cluster = cluster
    }

    package func consumer(_ settings: SessionSettings, news: ConsumerNews) throws -> any ConsumerCalls {
        let consumer = ModelConsumer(self, settings, news)
        consumers.append(consumer)
        return consumer
    }

    package func producer(_ settings: SessionSettings) throws -> any TransactionCalls {
        ModelProducer(self, settings)
    }

    package var now: ContinuousClock.Instant { cluster.instant }

    package func passes(_ duration: Duration) -> Bool {
        cluster.advance(duration)
        return true
    }

    /// SIGKILL.
    package func kill() { isDead = true }

    var isBeating: Bool { !isDead && !isFrozen }

    func beat() { for consumer in consumers { consumer.beat() } }

    /// Lets the simulation act, then answers what is to happen to the call.
    func call(_ call: ModelCall) throws -> ModelFault? {
        guard !isDead else { throw dead(call.rawValue) }
        let fault = cluster.onCall(self, call)
        guard !isDead else { throw dead(call.rawValue) }
        switch fault {
        case .refused(let error): throw error
        case .requestLost: throw ModelClient.timedOut(call)
        case .answerLost, .delayed, nil: return fault
        }
    }

    // MARK: Events that enter inbound topics

    package func send(_ messages: [OutboundMessage]) -> [Delivery] {
        messages.map { message in
            do {
                let fault = try call(.enter)
                guard let kept = cluster.append(message) else {
                    return .failed(.model("UNKNOWN_TOPIC_OR_PART", .init(), "enter"))
                }
                return fault == nil ? kept : .failed(.model("_MSG_TIMED_OUT", .init(), "enter"))
            } catch {
                return .failed((error as? KafkaError) ?? .model("_FAIL", .init(), "enter"))
            }
        }
    }

    static func timedOut(_ call: ModelCall) -> KafkaError {
        KafkaError.model("_TIMED_OUT", .init(isRetriable: true), call.rawValue)
    }

    private func dead(_ place: String) -> KafkaError { KafkaError.model("_DESTROY", .init(isFatal: true), place) }
}
