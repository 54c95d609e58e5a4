package import ExactlyOnceKafka

/// Compares what came in with what a reader can see: each input has exactly its outputs, all of them or none, once,
/// in order, and no offset has passed an input that is not done with.
///
/// A pure value: it is told what was written and what is visible, by whichever broker, and names every fault.
package struct DeliveryChecker {
    /// One record of an inbound topic, and what must be visible because of it.
    package struct Input: Sendable {
        package let source: TopicPartition
        package let offset: Int64
        /// The ids of its outputs; nil: nothing was decided about it.
        package let outputs: [String]?
        /// What was decided to be said, by id, where the bytes are known.
        package let bodies: [String: [UInt8]]

        package init(
            source: TopicPartition, offset: Int64, outputs: [String]?, bodies: [String: [UInt8]] = [:]
        ) {
            self.source = source
            self.offset = offset
            self.outputs = outputs
            self.bodies = bodies
        }
    }

    /// One message as a `read_committed` reader meets it, in the reader's order within a partition.
    package struct Output: Sendable {
        package let id: String
        package let place: TopicPartition
        package let offset: Int64
        /// Outputs of one key must keep the order of `sequence` within a partition.
        package let key: String
        package let sequence: Int
        package let body: [UInt8]

        package init(
            id: String, place: TopicPartition, offset: Int64, key: String, sequence: Int, body: [UInt8] = []
        ) {
            self.id = id
            self.place = place
            self.offset = offset
            self.key = key
            self.sequence = sequence
            self.body = body
        }
    }

    package enum Fault: Sendable, Hashable {
        /// Never became visible, and nobody will bring it again.
        case lost(String)
        case duplicated(String)
        /// Lies in a transaction that was aborted.
        case abortedButVisible(String)
        /// Some outputs of one input are visible and others are not.
        case torn(TopicPartition, offset: Int64)
        case reordered(key: String, TopicPartition)
        /// A committed offset lies beyond an input whose outputs are not visible.
        case polledPast(TopicPartition, offset: Int64)
        /// Visible, but no input asks for it.
        case unasked(String)
        /// Visible with other bytes than were decided.
        case altered(String)
        /// Nothing was decided about an input: neither outputs nor a rejection.
        case undecided(TopicPartition, offset: Int64)
    }

    private let inputs: [Input]
    private let visible: [Output]
    private let committed: [TopicPartition: Int64]
    private let aborted: [TopicPartition: Set<Int64>]

    /// - Parameters:
    ///   - committed: the group's offsets: the next to read.
    ///   - aborted: offsets of records whose transaction was aborted, where that is known.
    package init(
        inputs: [Input], visible: [Output], committed: [TopicPartition: Int64],
        aborted: [TopicPartition: Set<Int64>] = [:]
    ) {
        self.inputs = inputs
        self.visible = visible
        self.committed = committed
        self.aborted = aborted
    }

    /// Every fault, each once.
    package func faults() -> Set<Fault> {
        Set(completeness() + identity() + order())
    }

    private func completeness() -> [Fault] {
        let seen = Set(visible.map(\.id))
        return inputs.flatMap { input -> [Fault] in
            let missing = input.outputs?.filter { !seen.contains($0) } ?? []
            guard !missing.isEmpty || input.outputs == nil else { return [] }
            var faults = missing.map { Fault.lost($0) }
            if input.outputs == nil { faults.append(.undecided(input.source, offset: input.offset)) }
            if !missing.isEmpty, missing.count < input.outputs?.count ?? 0 {
                faults.append(.torn(input.source, offset: input.offset))
            }
            if committed[input.source] ?? 0 > input.offset {
                faults.append(.polledPast(input.source, offset: input.offset))
            }
            return faults
        }
    }

    private func identity() -> [Fault] {
        let asked = Set(inputs.flatMap { $0.outputs ?? [] })
        let bodies = inputs.reduce(into: [String: [UInt8]]()) { $0.merge($1.bodies) { $1 } }
        var counted: Set<String> = []
        return visible.flatMap { output -> [Fault] in
            var faults: [Fault] = []
            if !counted.insert(output.id).inserted { faults.append(.duplicated(output.id)) }
            if !asked.contains(output.id) { faults.append(.unasked(output.id)) }
            if let body = bodies[output.id], body != output.body { faults.append(.altered(output.id)) }
            if aborted[output.place]?.contains(output.offset) == true { faults.append(.abortedButVisible(output.id)) }
            return faults
        }
    }

    private func order() -> [Fault] {
        struct Line: Hashable {
            let key: String
            let place: TopicPartition
        }
        var last: [Line: Int] = [:]
        return visible.compactMap { output in
            let line = Line(key: output.key, place: output.place)
            defer { last[line] = max(last[line] ?? .min, output.sequence) }
            return last[line].map { output.sequence < $0 } == true ? .reordered(key: line.key, line.place) : nil
        }
    }
}
